use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, orderd)]
struct OrderKey(String);

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, colour = "red")]
struct CustomerKey(#[state(partitoin)] String, #[state(desc)] u64);

fn main() {}
