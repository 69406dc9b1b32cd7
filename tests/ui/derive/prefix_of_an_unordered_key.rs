use typed_state::StateKey;

#[derive(StateKey)]
#[state(namespace = "orders", value = u64)]
struct OrderKey {
    #[state(partition)]
    tenant: String,
}

// A key without prefixes may have a `prefix` of its own.
#[derive(StateKey)]
#[state(namespace = "codes", value = u64)]
struct CodeKey(String);

impl CodeKey {
    fn prefix() -> &'static str {
        "code-"
    }
}

fn main() {
    let _ = OrderKey::prefix().tenant("acme");
    let _ = CodeKey::prefix().len();
}
