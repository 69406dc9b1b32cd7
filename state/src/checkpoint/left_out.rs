//! What the library's own entries are to a checkpoint, by their namespaces.

use crate::backend::Key;

/// What becomes of an entry in a checkpoint and in a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Saved, restored, and removed by a restore where the checkpoint has it not.
    State,
    /// Counts that must never be lowered: saved, restored where they are larger than what is there, never removed.
    Fence,
    /// Of living processes: neither saved nor touched.
    LeftOut,
    /// That a restore is under way.
    Marker,
}

/// The namespace of the marker of a restore.
pub(super) const MARKER: &[u8] = b"~restore";

/// What the entry of a key is. No key type can have these namespaces: theirs begin with a letter.
pub(super) fn part_of(key: &Key) -> Part {
    match key.namespace() {
        // Who holds or waits for a lock, who shares windows, and who reads a shard of them; that a commit was applied; copies of entries of another store.
        b"~hold" | b"~lock" | b"~queue" | b"~waiter" | b"~permit" | b"~member" | b"~receipt"
        | b"~tier" => Part::LeftOut,
        // A restore has taken that lock itself.
        b"~fence" if guards_marker(key) => Part::LeftOut,
        b"~fence" | b"~permit-fence" | b"~advisory" => Part::Fence,
        MARKER => Part::Marker,
        _ => Part::State,
    }
}

/// The namespace of what is locked follows the partition.
fn guards_marker(fence: &Key) -> bool {
    let guarded = fence.as_bytes().get(fence.partition_end()..);
    guarded.is_some_and(|guarded| guarded.starts_with(MARKER))
}
