use typed_state::{KeyField, StateKey};

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64, partition)]
struct OrderKey(#[state(ordered)] String);

#[derive(Clone, KeyField)]
#[state(namespace = "names")]
struct Name {
    #[state(partition)]
    first: String,
    #[state(tag = 1)]
    last: String,
}

#[derive(Clone, StateKey)]
#[state(namespace = "events", value = u64)]
enum EventKey {
    #[state(tag = 1)]
    Payment {
        #[state(partition)]
        account: String,
    },
}

fn main() {}
