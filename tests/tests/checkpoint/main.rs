//! Checkpoints: what is in them, and what comes out of them.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod compared;
mod read;
mod windows;
mod windows_large;
