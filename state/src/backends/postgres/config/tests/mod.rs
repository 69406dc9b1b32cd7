//! The parts of the configuration that do not show from outside.

mod host;
mod table;
mod ways;
