//! Locks on real servers and between processes.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod advisory;
mod drop;
mod old_primary;
mod processes;
mod redlock;
