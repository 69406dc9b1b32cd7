//! The parts of the configuration that do not show from outside.

mod address;
mod table;
mod ways;
