//! Shards that several workers share: each has one owner at a time, who holds its lock.
//!
//! Nobody leads, and nobody is told what to own. Each worker has an entry that expires unless it is renewed; who counts those
//! that are there knows how many shards are his fair share. He gives up what he has above it, and takes what is free below it.
//! Since the shares of all add up to all shards, each that is free has somebody who wants it; and the lock sees to it that
//! none is owned twice, even while workers disagree on how many they are.
//!
//! The lock's record lies in the partition of the shard, and every commit of the shard requires it to be this owner's. So a
//! worker that was paused for longer than its locks live cannot write: the store refuses it, whatever its own clock says.

mod members;
mod membership;
mod owned;
mod rebalance;
mod seat;
mod worker;

pub use self::membership::Membership;
pub use self::rebalance::Rebalanced;
pub use self::worker::{Worker, WorkerApplied};
