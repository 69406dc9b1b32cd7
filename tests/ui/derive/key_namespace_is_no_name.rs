use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = "Orders", value = u64)]
struct Uppercase(String);

#[derive(Clone, StateKey)]
#[state(namespace = "", value = u64)]
struct Empty(String);

#[derive(Clone, StateKey)]
#[state(namespace = "7-orders", value = u64)]
struct NoLetter(String);

#[derive(Clone, StateKey)]
#[state(namespace = "orders/new", value = u64)]
struct Slash(String);

#[derive(Clone, StateKey)]
#[state(namespace = "a-namespace-that-is-much-too-long-because-it-has-more-than-64-letters", value = u64)]
struct TooLong(String);

fn main() {}
