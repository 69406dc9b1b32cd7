use typed_state::{KeyField, StateKey};

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64)]
struct OrderKey<'a> {
    tenant: std::borrow::Cow<'a, str>,
    id: u64,
}

#[derive(Clone, KeyField)]
struct Name<'n>(std::borrow::Cow<'n, str>);

fn main() {}
