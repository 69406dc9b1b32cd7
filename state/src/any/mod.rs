//! A backend chosen at run time: by a URL, a TOML document or the environment.
//!
//! This is the one place that boxes the futures of a backend, some 20 ns an operation.

mod backend;
mod config;
mod document;
mod erased;
mod kind;
mod open;
mod variables;

pub use self::backend::AnyBackend;
pub use self::config::AnyConfig;
