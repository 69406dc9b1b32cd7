//! In this process's memory: one ordered map, shared by all clones of a [`Memory`].
//!
//! The map lies under one reader-writer lock that is held for one request, or for one page of a large
//! one, and never across an `.await`. Snapshots stop nobody: while one is open, a version that it sees
//! and that is overwritten or deleted moves to a history, and is freed with the last snapshot that
//! sees it. Entries that expire stand in an index by their time, which the sweeper eats from the front.

mod backend;
mod commit;
mod config;
mod health;
mod history;
mod map;
mod now;
mod range;
mod read;
mod snapshot;
mod stored;
mod sweep;
#[cfg(test)]
mod tests;
#[cfg(feature = "any")]
mod written;

pub use self::backend::Memory;
pub use self::config::MemoryBuilder;
#[cfg(feature = "any")]
pub(crate) use self::written::MemoryConfig;
