use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Embedded;
use crate::clock::{Clock, SystemClock};
use crate::error::Result;

/// When an acknowledged write is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Durability {
    /// Before it is acknowledged: neither a crash of the process nor a loss of power takes it back. Writes
    /// that arrive while the disk is busy share one synchronisation.
    #[default]
    Synced,
    /// At the latest `interval` after it is acknowledged, while the disk keeps up.
    ///
    /// A crash of the process and a loss of power alike take back at most what was acknowledged in the last
    /// interval. What survives is a prefix: all commits up to one of them, wholly, and none after it.
    /// [`close`](Embedded::close) makes all of it safe.
    Relaxed {
        /// The longest time between an acknowledgement and its safety.
        interval: Duration,
    },
}

/// Options of an [`Embedded`].
#[derive(Debug)]
#[must_use]
pub struct EmbeddedBuilder {
    pub(super) directory: PathBuf,
    pub(super) durability: Durability,
    pub(super) clock: Box<dyn Clock>,
    pub(super) cache_size: usize,
    pub(super) page_cache_size: usize,
    pub(super) sweep_every: Option<Duration>,
    pub(super) verify: bool,
}

impl EmbeddedBuilder {
    pub(super) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_path_buf(),
            durability: Durability::default(),
            clock: Box::new(SystemClock),
            cache_size: 64 << 20,
            page_cache_size: 128 << 20,
            sweep_every: Some(Duration::from_secs(30)),
            verify: false,
        }
    }

    /// When an acknowledged write is safe. Default: before it is acknowledged.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The clock that entries expire by. Default: this machine's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// How many bytes of entries are kept in memory, so that reads of them need no blocking thread; zero for
    /// none. Default: 64 MiB.
    pub fn cache_size(mut self, bytes: usize) -> Self {
        self.cache_size = bytes;
        self
    }

    /// How many bytes of the file's pages the engine keeps in memory, beside the entries. Default: 128 MiB.
    pub fn page_cache_size(mut self, bytes: usize) -> Self {
        self.page_cache_size = bytes;
        self
    }

    /// How often expired entries are removed in the background; `None` for never. They are absent from every
    /// read in any case. Default: 30 s.
    pub fn sweep_every(mut self, interval: Option<Duration>) -> Self {
        self.sweep_every = interval;
        self
    }

    /// Whether opening first checks every page and every record of the file, which takes time in proportion to
    /// its size. A damaged record is an error when it is read in any case; damage to the engine's own
    /// pages between them may hide entries, or make the engine abort the process when it is written to, and only this
    /// finds it before. Default: no.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Opens the store; its directory is created where it is not there.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where the store is open already, in this process or
    /// another, where the directory cannot be used, and where the file is of another version or program;
    /// [`Corrupt`](crate::ErrorKind::Corrupt) where the file is damaged.
    ///
    /// Cancellation: the store may still be opened, and is closed again then.
    pub async fn open(self) -> Result<Embedded> {
        Embedded::open_with(self).await
    }
}
