//! A backend that is chosen at run time.
#![recursion_limit = "256"]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod backend;
mod config;
mod conformance;
