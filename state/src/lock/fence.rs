use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of a grant of a lock, greater than those of all grants of that lock before.
///
/// What is not in the store (a file, a device, another service) can refuse a holder that lost its lock without noticing: it
/// keeps the greatest fence that it has seen and refuses smaller ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fence(u64);

impl Fence {
    pub(crate) const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number, from 1.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
