//! Keys: their bytes, their order, what the derive makes of them.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod bytes;
mod derive;
mod derived;
mod diagnostics;
mod display;
mod docs;
mod fields;
mod golden;
mod hostile;
mod law;
mod oracle;
mod prefix;
mod ranges;
