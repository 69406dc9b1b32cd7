//! The typed store above any backend.
#![recursion_limit = "256"]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod aggregates;
mod auto_traits;
mod config;
mod imports;
mod primitives;
