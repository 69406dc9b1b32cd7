//! A whole store as somebody says who runs the program: its backend, its layers, its own options.

mod config;
mod document;
mod draft;
mod layers;
mod open;
mod options;
mod rows;
mod shown;
mod variables;

#[cfg(all(test, feature = "cache", feature = "metrics"))]
mod tests;

pub use self::config::StoreConfig;
