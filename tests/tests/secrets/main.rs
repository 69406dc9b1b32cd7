//! What servers refuse or answer wrongly, and that nothing tells a secret.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod canary;
mod postgres_canary;
mod postgres_errors;
mod postgres_facts;
mod postgres_security;
mod redis_canary;
mod redis_errors;
mod redis_security;
