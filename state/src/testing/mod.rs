//! The test kit: what every backend, and every stack of layers on one, is held to.
//!
//! A backend's author implements [`Harness`] ("make me a fresh store") and [`Fixture`] (one store, and
//! ways to let its time pass) and runs the suites on it: [`conformance`], what it must show case by case;
//! [`model`], random histories against the contract in its plainest code; [`linearizability`], racing
//! clients whose answers must have an order. The author of a key type runs [`key_law`] on it.

pub mod conformance;
mod harness;
mod key_law;
pub mod linearizability;
mod memory;
pub mod model;

pub use self::harness::{Fixture, Harness, TestResult, Time};
pub use self::key_law::{field_law, key_law, partition_law, prefix_law};
pub use self::memory::{MemoryFixture, MemoryHarness};
