use std::time::Duration;

/// A store that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// How long it took to answer.
    pub latency: Duration,
}

impl Health {
    /// A store that answered after `latency`.
    pub const fn new(latency: Duration) -> Self {
        Self { latency }
    }
}
