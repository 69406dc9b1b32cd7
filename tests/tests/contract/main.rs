//! The contract of a backend, and whether its suite would see a backend that breaks it.
#![allow(clippy::panic, reason = "a test fails by panicking")]

mod flaws;
mod linearizability;
mod memory;
mod model;
mod teeth;
