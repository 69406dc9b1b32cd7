use std::time::Duration;

/// Keeps entries in this process's memory, and answers plain reads from there.
///
/// Every process that writes to the store must have the layer, too, or it announces nothing: see the table in
/// [`Cache`](super::Cache)'s documentation.
///
/// ```
/// use std::time::Duration;
/// use typed_state::{Store, backends::Memory, layer::{CacheLayer, Layer as _}};
///
/// let layer = CacheLayer::new().capacity(64 << 20).ttl(Duration::from_secs(30));
/// let store = Store::new(layer.over(Memory::new()));
/// # drop(store);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct CacheLayer {
    pub(super) capacity: u64,
    pub(super) ttl: Duration,
    pub(super) negative_ttl: Duration,
    pub(super) local: bool,
}

impl CacheLayer {
    /// 32 MiB, entries for a minute, the absence of one for 10 s, kept up to date by notifications.
    pub const fn new() -> Self {
        Self {
            capacity: 32 << 20,
            ttl: Duration::from_mins(1),
            negative_ttl: Duration::from_secs(10),
            local: false,
        }
    }

    /// How many bytes the entries may take, with their keys and some 200 bytes each beside.
    pub const fn capacity(mut self, bytes: u64) -> Self {
        self.capacity = bytes;
        self
    }

    /// How long an entry is kept at the most.
    pub const fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// How long it is kept at the most that there is no entry.
    pub const fn negative_ttl(mut self, ttl: Duration) -> Self {
        self.negative_ttl = ttl;
        self
    }

    /// Neither announces nor listens: what another process writes is seen when the time of the cached entry is over. For a store
    /// that one process alone writes to, or where that is good enough.
    pub const fn local(mut self) -> Self {
        self.local = true;
        self
    }
}

impl Default for CacheLayer {
    fn default() -> Self {
        Self::new()
    }
}
