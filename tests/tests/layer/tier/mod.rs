//! The tier: copies of entries in a faster store that processes share.
#![allow(clippy::future_not_send, reason = "they are awaited where they stand")]

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
