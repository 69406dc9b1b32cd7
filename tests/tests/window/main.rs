//! Windows: what they count, and that they count it once.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod late;
mod law;
mod once;
mod rules;
mod share;
mod share_processes;
mod timers;
mod watermarks;
