//! What the tests of this package share.

pub mod crash;
mod embedded;
pub mod embedded_file;
pub mod fuzz;
pub mod proxy;
pub mod redis_shim;
mod seed;
pub mod servers;

pub use self::embedded::{EmbeddedFixture, EmbeddedHarness};
pub use self::seed::{kill_rounds, seed};
