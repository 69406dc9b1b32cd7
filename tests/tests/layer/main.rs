//! The layers around a backend.
#![recursion_limit = "256"]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod batch;
mod breaker;
mod breaker_nodes;
mod cache;
mod cache_model;
mod fault;
mod histories;
mod metrics;
mod retries_faults;
mod retries_servers;
mod retry;
mod stack;
mod tier;
mod timeout;
mod trace;
