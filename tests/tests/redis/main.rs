//! Redis: standalone, behind Sentinels, as a Cluster.
#![recursion_limit = "256"]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod bulk;
mod config;
mod conformance;
mod counted;
mod facts;
mod failover_cluster;
mod failover_sentinel;
mod faults;
mod histories;
mod index;
mod replicas;
mod reshard;
