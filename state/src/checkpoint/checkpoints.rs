use std::fmt;
use std::sync::Arc;

use super::create::Create;
use super::target::Target;
use crate::backend::Backend;
use crate::store::Store;

/// The sizes that chunks may be asked to have, decoded.
const SIZES: std::ops::RangeInclusive<usize> = 256..=64 << 20;

/// The checkpoints of a target: creates, lists, verifies, restores and deletes them.
///
/// Several processes may use a target at the same time. A target is for the checkpoints of one store: those of several share
/// chunks and are counted together by [`retain`](Self::retain).
///
/// ```
/// use typed_state::backends::Memory;
/// use typed_state::checkpoint::Checkpoints;
/// use typed_state::checkpoint::target::Objects;
/// use typed_state::{StateKey, Store};
///
/// #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// #[state(namespace = "visits", value = u64)]
/// struct Visits(String);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> typed_state::Result<()> {
/// let store = Store::new(Memory::new());
/// store.put(&Visits("home".into()), &7).await?;
///
/// let checkpoints = Checkpoints::new(Objects::memory());
/// let manifest = checkpoints.create(&store).await?;
/// assert_eq!(manifest.entries, 1);
///
/// let copy = Store::new(Memory::new());
/// checkpoints.restore(&copy, &manifest.id).await?;
/// assert_eq!(copy.get(&Visits("home".into())).await?, Some(7));
/// # Ok(()) }
/// ```
pub struct Checkpoints<T> {
    pub(super) target: Arc<T>,
    pub(super) chunk_size: usize,
    pub(super) level: i32,
}

impl<T: Target> Checkpoints<T> {
    /// Those of a target.
    pub fn new(target: T) -> Self {
        Self {
            target: Arc::new(target),
            chunk_size: 1 << 20,
            level: -1,
        }
    }

    /// About how many bytes a chunk has before it is compressed: 1 MiB, unless it is said; 256 bytes to 64 MiB. A checkpoint
    /// holds some twenty of them in memory. Checkpoints share chunks only with those of the same size.
    #[must_use]
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        self.chunk_size = bytes.clamp(*SIZES.start(), *SIZES.end());
        self
    }

    /// How hard chunks are compressed, as Zstandard has it: -1, unless it is said; from -7, the fastest, to 19.
    #[must_use]
    pub fn zstd_level(mut self, level: i32) -> Self {
        self.level = level.clamp(-7, 19);
        self
    }

    /// Where they are kept.
    pub fn target(&self) -> &T {
        &self.target
    }

    /// Takes a checkpoint of a store; writers go on. It begins when it is awaited.
    ///
    /// What is there already of an earlier checkpoint is not written again.
    ///
    /// Cancellation: there is no checkpoint, or the whole of it. Chunks may be left behind, and go with a
    /// [`retain`](Self::retain) a day later.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) where somebody is deleting checkpoints now, or where it took so long that its chunks may
    /// have been deleted; [`Conflict`](crate::ErrorKind::Conflict) where a restore of the store is not finished.
    pub fn create<'a, B: Backend>(&'a self, store: &'a Store<B>) -> Create<'a, T, B> {
        Create::new(self, store)
    }
}

impl<T> Clone for Checkpoints<T> {
    fn clone(&self) -> Self {
        Self {
            target: Arc::clone(&self.target),
            chunk_size: self.chunk_size,
            level: self.level,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Checkpoints<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoints")
            .field("target", &self.target)
            .field("chunk_size", &self.chunk_size)
            .field("level", &self.level)
            .finish()
    }
}
