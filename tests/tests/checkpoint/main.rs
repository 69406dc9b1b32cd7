//! Checkpoints: what is in them, where they are kept, who takes them.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod coordinator;
mod metadata;
mod postgres_target;
mod s3_target;
