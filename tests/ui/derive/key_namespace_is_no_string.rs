use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = orders, value = u64)]
struct OrderKey(String);

#[derive(Clone, StateKey)]
#[state(namespace, value = u64)]
struct Nothing(String);

#[derive(Clone, StateKey)]
#[state(namespace("orders"), value = u64)]
struct Parenthesized(String);

fn main() {}
