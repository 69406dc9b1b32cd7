//! The examples, as a person runs them.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod flights;
mod flights_jobs;
mod flights_run;
mod migrate;
mod sessions;
mod workers;
