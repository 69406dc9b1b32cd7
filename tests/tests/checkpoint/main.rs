//! Checkpoints: what is saved comes back, from every backend into every other, whatever fails on the way.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod compared;
mod coordinator;
mod damage;
mod golden;
mod interrupted;
mod killed;
mod killed_at;
mod kit;
mod memory;
mod metadata;
mod postgres_target;
mod read;
mod round_trip;
mod s3_target;
mod shelf;
mod sweep;
mod together;
mod windows;
mod windows_large;
