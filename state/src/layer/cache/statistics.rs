use std::sync::atomic::{AtomicU64, Ordering};

use super::entries::Entries;
use crate::backend::Entry;

/// What a cache has done, and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheStatistics {
    /// Keys answered with a cached entry.
    pub hits: u64,
    /// Keys answered with the cached absence of one.
    pub negative_hits: u64,
    /// Keys that the store was asked for.
    pub misses: u64,
    /// Notices of changes that have come.
    pub notices: u64,
    /// How often everything was forgotten, because notices may have been missed.
    pub emptied: u64,
    /// Bytes in use.
    pub bytes: u64,
    /// Entries in use.
    pub entries: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    hits: AtomicU64,
    negative_hits: AtomicU64,
    misses: AtomicU64,
    notices: AtomicU64,
    emptied: AtomicU64,
}

impl Counts {
    pub(super) fn hit(&self, found: Option<&Entry>) {
        let hits = match found {
            Some(_) => &self.hits,
            None => &self.negative_hits,
        };
        hits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn miss(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn notice(&self) {
        self.notices.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn emptied(&self) {
        self.emptied.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self, entries: &Entries) -> CacheStatistics {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        CacheStatistics {
            hits: of(&self.hits),
            negative_hits: of(&self.negative_hits),
            misses: of(&self.misses),
            notices: of(&self.notices),
            emptied: of(&self.emptied),
            bytes: entries.bytes(),
            entries: entries.len(),
        }
    }
}
