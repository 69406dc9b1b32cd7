use std::collections::HashMap;

use typed_state::{KeyField, StateKey};

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64)]
struct OrderKey {
    tenant: String,
    tags: HashMap<String, String>,
}

#[derive(Clone)]
struct CustomerId(u64);

#[derive(Clone, KeyField)]
struct Customer {
    id: CustomerId,
}

fn main() {}
