//! Checkpoints: a store's entries, written down where they outlive it, and put back into any backend.
//!
//! A checkpoint is a [`Manifest`] and the chunks that it names. Chunks are named by the hash of their bytes, so those that have not
//! changed are not written again; the manifest is written last, and what has no manifest is no checkpoint.
//! `docs/format.md` draws the bytes.
//!
//! - [`Checkpoints`]: creates, lists, verifies, restores and deletes them in a [`Target`].
//! - [`Coordinator`]: takes them in the background.
//!
//! **What is in it**: every entry that had not expired, but for those of living processes: who holds or waits for a lock
//! and who shares windows. How often locks were granted is in it, and is never lowered by a restore.
//!
//! **How consistent it is** is what the backend's snapshots are ([`Coverage`]): the whole store at one moment, or
//! each entry as it stood when it was read. Shards of windows are at one moment each, on every backend.

mod ahead;
mod blocking;
mod busy;
mod checkpoints;
mod chunk;
mod chunker;
mod coordinator;
mod create;
mod diff;
mod fences;
mod how;
mod id;
mod lease;
mod left_out;
mod lifetimes;
mod list;
mod manifest;
mod marker;
mod opened;
mod pairs;
mod progress;
mod reader;
mod reading;
mod refill;
mod remove;
mod restore;
mod room;
mod rows;
mod stored;
mod sweep;
mod tally;
pub mod target;
mod verify;
mod writes;

pub use self::checkpoints::Checkpoints;
pub use self::chunk::Row;
pub use self::coordinator::{
    Coordinator, CoordinatorBuilder, CoordinatorStatistics, LastCheckpoint, LatestRestored,
    PassedOver, RestoreLatest,
};
pub use self::create::Create;
pub use self::diff::{CheckpointDiff, DiffCounts, Difference, Differences, Saved};
pub use self::id::CheckpointId;
pub use self::list::Listed;
pub use self::manifest::{ChunkRef, Coverage, Manifest, Namespace};
pub use self::progress::{Progress, Step};
pub use self::reader::{CheckpointReader, SavedEntries};
pub use self::restore::{Restore, Restored, Unfinished};
pub use self::rows::SavedRows;
pub use self::sweep::Swept;
pub use self::target::Target;
