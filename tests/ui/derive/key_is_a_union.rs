use typed_state::StateKey;

#[derive(Clone, Copy, StateKey)]
#[state(namespace = "orders", value = u64)]
union OrderKey {
    number: u64,
    letter: char,
}

fn main() {}
