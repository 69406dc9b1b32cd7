//! What the tests of this package share.

mod commit_of;
pub mod configuration;
pub mod crash;
pub mod damage;
mod embedded;
pub mod embedded_file;
mod endless;
mod exactly_once;
mod example;
mod forward;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod inputs;
mod layered;
mod ledger;
pub mod postgres;
pub mod proxy;
pub mod redis;
mod scripted;
pub mod sections;
mod seed;
pub mod servers;
pub mod steps;
pub mod strace;
mod text;

pub use self::commit_of::commit_of;
pub use self::embedded::{EmbeddedFixture, EmbeddedHarness};
pub use self::endless::Endless;
pub use self::exactly_once::exactly_once;
pub use self::example::example;
pub use self::forward::one_by_one;
pub use self::inputs::{Inputs, Numbers};
pub use self::layered::{Layered, LayeredFixture};
pub use self::ledger::{Audit, Ledger};
pub use self::scripted::{Act, Scripted};
pub use self::seed::{kill_rounds, rounds, seed};
pub use self::text::{Text, TextKey};
