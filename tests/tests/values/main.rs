//! Values: their bytes, their versions, what damage does.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod allocation;
mod damage;
mod derive;
mod docs;
mod envelope;
mod formats;
mod fuzz_smoke;
mod golden;
mod samples;
mod strict;
mod versions;
