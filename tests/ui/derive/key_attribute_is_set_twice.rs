use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, namespace = "order")]
struct OneAttribute(String);

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, ordered)]
#[state(ordered)]
struct TwoAttributes(#[state(partition, partition)] String);

fn main() {}
