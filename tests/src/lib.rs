//! What the tests of this package share.

mod embedded;

pub use self::embedded::{EmbeddedFixture, EmbeddedHarness};
