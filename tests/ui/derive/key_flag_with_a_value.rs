use typed_state::StateKey;

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, ordered = true)]
struct OrderKey(#[state(partition = 1)] String);

fn main() {
    let _ = OrderKey::prefix().field_0("a");
}
