//! The scripts that run inside Redis, each whole or not at all.

use super::link::Script;

/// Checks every condition, then applies every mutation.
pub(super) static COMMIT: Script = Script::new(include_str!("scripts/commit.lua"));
/// A commit on one entry that no index follows.
pub(super) static ONE: Script = Script::new(include_str!("scripts/one.lua"));
/// A put where nothing stands, and an addition.
pub(super) static COUNTED: Script = Script::new(include_str!("scripts/counted.lua"));
/// Several commits on one entry each that no index follows.
pub(super) static SEVERAL: Script = Script::new(include_str!("scripts/several.lua"));
/// Reads entries with the time that each has left.
pub(super) static READ: Script = Script::new(include_str!("scripts/read.lua"));
/// Removes from an index what is no more.
pub(super) static TIDY: Script = Script::new(include_str!("scripts/tidy.lua"));

/// All of them, which every connection loads when it is made.
pub(super) static ALL: &[&Script] = &[&COMMIT, &ONE, &COUNTED, &SEVERAL, &READ, &TIDY];
