//! PostgreSQL: alone, as a pair, behind `PgBouncer`.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod bouncer;
mod cancel;
mod config;
mod conformance;
mod failover;
mod faults;
mod histories;
mod metadata;
mod open;
mod plans;
mod replicas;
mod sweep;
