//! A backend chosen at run time, and a whole store with its layers: by a URL, a TOML document or the environment.
//!
//! This is the one place that boxes the futures of a backend, some 20 ns an operation.

mod backend;
mod config;
mod document;
mod erased;
mod kind;
mod open;
mod variables;
mod whole;

pub use self::backend::AnyBackend;
pub use self::config::AnyConfig;
pub use self::whole::StoreConfig;
