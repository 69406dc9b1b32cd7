//! The examples of typed-state. Each is a program beside this folder: `cargo run --example NAME`.
