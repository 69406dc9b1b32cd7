//! Typed shared state: derive keys and values, pick a backend at compile time.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "testing")]
extern crate self as typed_state;

#[cfg(feature = "any")]
mod any;
pub mod backend;
pub mod backends;
#[cfg(feature = "checkpoints")]
pub mod checkpoint;
mod clock;
pub mod codec;
mod error;
pub mod key;
pub mod layer;
pub mod lock;
pub mod primitive;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod value;
#[cfg(feature = "windows")]
pub mod window;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(feature = "any")]
pub use self::any::{AnyBackend, AnyConfig, StoreConfig};
pub use self::backend::{Expiry, Revision, Ttl};
pub use self::clock::{
    Clock, Entropy, ManualClock, SeededEntropy, SystemClock, SystemEntropy, Timestamp,
};
pub use self::error::{Error, ErrorKind, Result};
pub use self::key::{Desc, KeyField, StateKey, TotalF32, TotalF64};
pub use self::store::Store;
pub use self::value::{Counter, StateValue};

#[cfg(feature = "derive")]
pub use typed_state_derive::{KeyField, StateKey, StateValue};

/// The example of the README, run as a test.
#[cfg(all(doctest, feature = "derive", feature = "memory", feature = "msgpack"))]
#[doc = include_str!("../../README.md")]
mod readme {}

/// The programs of the guide, run as tests.
#[cfg(all(
    doctest,
    feature = "derive",
    feature = "memory",
    feature = "msgpack",
    feature = "postgres",
    feature = "any",
    feature = "checkpoints",
    feature = "windows"
))]
#[doc = include_str!("../../docs/guide.md")]
mod guide {}
