use typed_state::{KeyField, StateKey};

#[derive(Clone, StateKey)]
#[state(namespace = "measures", value = u64, ordered)]
struct MeasureKey {
    #[state(partition)]
    sensor: String,
    level: f64,
}

#[derive(Clone, StateKey)]
#[state(namespace = "orders", value = u64)]
struct OrderKey {
    tenant: &'static str,
    number: usize,
}

#[derive(Clone, KeyField)]
struct Raw(&'static [u8]);

fn main() {}
