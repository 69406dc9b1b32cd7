//! The conformance suite: what every backend must show, case by case.
//!
//! Implement [`Harness`](super::Harness) for a backend of yours and call
//! [`conformance_tests!`](crate::conformance_tests), which makes a test of each case, or [`run`], which runs
//! them all. Cases use the public [`Store`](crate::Store) and [`Backend`](crate::backend::Backend) alone. Each
//! runs on a fresh store and panics with what the store did not show; its documentation says what it shows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "the cases are tests, which fail by panicking"
)]

mod fixtures;
mod list;
mod run;
mod support;

pub mod commit_many;
pub mod commits;
pub mod counters;
pub mod damage;
pub mod deadline;
pub mod durable;
pub mod entries;
pub mod expired;
pub mod isolation;
pub mod lifetime;
pub mod limits;
pub mod literal;
pub mod locks;
pub mod many;
pub mod metadata;
pub mod notify;
pub mod packing;
pub mod pages;
pub mod partitions;
pub mod prefixes;
pub mod races;
pub mod ranges;
pub mod revisions;
pub mod scans;
pub mod snapshots;
pub mod sweeping;
pub mod total_order;
pub mod touch;
pub mod transactional;
pub mod ttl_bounds;
pub mod ttl_defaults;
pub mod versions;

pub use self::run::{
    Case, Failure, cases, durable_cases, notify_cases, run, run_all, total_order_cases,
    transactional_cases,
};
