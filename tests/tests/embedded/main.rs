//! The embedded backend.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod cache;
mod conformance;
mod crash;
mod damage;
mod faults;
mod group;
mod open;
mod runtime;
mod sweep;
