//! What the tests of this package share.

pub mod crash;
pub mod damage;
mod embedded;
pub mod embedded_file;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod ledger;
pub mod postgres;
pub mod proxy;
pub mod redis;
mod seed;
pub mod servers;

pub use self::embedded::{EmbeddedFixture, EmbeddedHarness};
pub use self::ledger::{Audit, Ledger};
pub use self::seed::{kill_rounds, rounds, seed};
