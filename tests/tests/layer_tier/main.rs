//! The tier: copies of entries in a faster store that processes share.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::future_not_send,
    reason = "tests fail by panicking, and are awaited where they stand"
)]

mod expiry;
mod failing;
mod foreign;
mod harness;
mod promises;
mod races;
mod reads;
mod world;
mod writes;

use typed_state::StateKey;

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "seat", value = u64)]
pub(crate) struct Seat(pub(crate) u64);
