//! The servers that tests start, and the proxy before them.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod cluster;
mod pgbouncer;
mod postgres;
mod postgres_ends;
mod postgres_pair;
mod process;
mod proxy;
mod redis;
mod sentinel;
