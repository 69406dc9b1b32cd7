//! Faults on purpose, for tests: answers that are lost, errors, delays, and commits that apply later than anybody thinks.

mod backend;
mod config;
mod draw;

pub use self::backend::Fault;
pub use self::config::{FaultKind, FaultLayer, FaultPoint};
