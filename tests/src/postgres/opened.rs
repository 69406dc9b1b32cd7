use typed_state::{Counter, StateKey};

/// Counts what the programs did that opened a store at once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "opened", value = Counter)]
pub struct Opened;
