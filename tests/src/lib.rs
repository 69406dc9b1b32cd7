//! What the tests of this package share.

pub mod crash;
pub mod damage;
mod embedded;
pub mod embedded_file;
mod exactly_once;
mod example;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod layered;
mod ledger;
pub mod postgres;
pub mod proxy;
pub mod redis;
mod scripted;
pub mod sections;
mod seed;
pub mod servers;

pub use self::embedded::{EmbeddedFixture, EmbeddedHarness};
pub use self::exactly_once::exactly_once;
pub use self::example::example;
pub use self::layered::{Layered, LayeredFixture};
pub use self::ledger::{Audit, Ledger};
pub use self::scripted::{Act, Scripted};
pub use self::seed::{kill_rounds, rounds, seed};
