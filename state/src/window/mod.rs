//! Windows over streams: typed, exactly once, shared between processes.
//!
//! A stream is a sequence of elements: inputs of a key with the time at which they happened, watermarks, timers. Each has
//! a position in its source. [`Windows`] put inputs into windows ([`Tumbling`], [`Hopping`], [`Sliding`], [`Session`],
//! [`Global`]) and aggregate what is in each ([`Aggregate`](crate::primitive::Aggregate)). When the watermark reaches the last moment of a
//! window it closes: its result moves to the [`Outbox`], in the same commit, and stays until it is acknowledged.
//!
//! **The law**: what comes out is a function of the elements alone. However they are cut into batches, whatever dies between
//! two commits, whoever applies them again: the windows and the outbox are the same, number by number. For this, what is due by the
//! watermark before an element is done before the element is taken, and every commit says how far the source has been taken.
//!
//! **Late**: an input is late where all its windows are over: where the watermark before it has reached
//! the last moment of each, and the [allowed lateness](Emit::allowed_lateness) after that. It is given back.
//!
//! **Several processes** share the shards: each [joins](Windows::join) as a [`Worker`] and applies what concerns the shards whose locks
//! it holds. Who dies is replaced when its locks have expired, and who was paused for longer is refused by the store.
//!
//! **What is kept** has a bound: a window until it is over, a timer until it fires, an emission until it is acknowledged, a
//! [`Global`] window until it expires, and an entry for each shard.

mod assign;
mod batch;
mod bytes;
mod chunk;
mod contents;
mod definition;
mod emission;
#[cfg(feature = "checkpoints")]
mod hold;
mod names;
mod numbers;
mod outbox;
mod progress;
mod query;
mod rules;
#[cfg(feature = "checkpoints")]
mod saved;
mod shard;
mod share;
mod span;
mod spread;
mod timers;
mod untold;
pub mod watermark;
mod windows;

use std::borrow::Cow;

use ::bytes::Bytes;

pub use self::assign::{Global, Hopping, Session, Sliding, Tumbling, Windowing};
pub use self::batch::{Applied, Batch, Late};
pub use self::emission::{Emission, TimeDomain, Timing};
pub use self::outbox::{Delivery, Outbox};
pub use self::query::OpenWindow;
pub use self::rules::{Emit, Updates};
#[cfg(feature = "checkpoints")]
pub(crate) use self::saved::{Part, ShardReader, Shards, is_of_shard, shards_of};
pub use self::share::{Membership, Rebalanced, Worker, WorkerApplied};
pub use self::span::Window;
pub use self::windows::{WindowTotals, Windows, WindowsBuilder};

use self::contents::Coder;
use crate::backend::Backend;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;
use crate::value::StateValue;

impl<B: Backend> Coder for Store<B> {
    fn encode<V: StateValue>(&self, value: &V) -> Result<Bytes> {
        Self::encode(self, value)
    }

    fn decode<V: StateValue>(&self, bytes: &Bytes) -> Result<V> {
        Self::decode(self, bytes)
    }
}

fn wrong(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

fn wrong_input(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}
