use std::fmt;
use std::sync::Arc;

use super::{LockCounts, Store};
use crate::backend::{Backend, Reads, Ttl};
use crate::clock::{Entropy, SystemEntropy};
use crate::codec::Compression;
#[cfg(feature = "metrics")]
use crate::layer::Compressed;
use crate::layer::{Layer, Stack};

/// The decoded size of a value that a store takes unless it is told otherwise: 16 MiB.
const DEFAULT_MAX_VALUE_SIZE: usize = 16 << 20;

/// Options of a [`Store`], and the layers between it and its backend, which come into their order by themselves:
///
/// ```
/// use std::time::Duration;
/// use typed_state::{Store, backends::Memory};
/// use typed_state::layer::{CircuitBreakerLayer, Retry, RetryLayer, Timeout, CircuitBreaker};
///
/// /// What a program names where it keeps the store.
/// type AppStore = Store<Timeout<Retry<CircuitBreaker<Memory>>>>;
///
/// let store: AppStore = Store::builder(Memory::new())
///     .circuit_breaker(CircuitBreakerLayer::new())
///     .deadline(Duration::from_secs(2))
///     .retry(RetryLayer::new())
///     .build();
/// # drop(store);
/// ```
#[derive(Debug)]
#[must_use]
pub struct StoreBuilder<B, L = Stack> {
    pub(super) backend: B,
    pub(super) layers: L,
    pub(super) settings: Settings,
}

/// What all views of a store share.
pub(super) struct Settings {
    pub(super) default_ttl: Option<Ttl>,
    pub(super) max_value_size: usize,
    pub(super) compression: Compression,
    #[cfg(feature = "metrics")]
    pub(super) compressed: Option<Arc<Compressed>>,
    pub(super) entropy: Box<dyn Entropy>,
    pub(super) locks: Arc<LockCounts>,
}

impl<B: Backend> StoreBuilder<B> {
    pub(super) fn new(backend: B) -> Self {
        let default_ttl = backend.capabilities().default_ttl;
        Self {
            backend,
            layers: Stack::default(),
            settings: Settings {
                default_ttl,
                max_value_size: DEFAULT_MAX_VALUE_SIZE,
                compression: Compression::None,
                #[cfg(feature = "metrics")]
                compressed: None,
                entropy: Box::new(SystemEntropy),
                locks: Arc::default(),
            },
        }
    }
}

impl<B, L> StoreBuilder<B, L> {
    /// The time to live of values whose type names none. Default: what the backend's configuration says, else they live
    /// for ever.
    pub fn default_ttl(mut self, ttl: Ttl) -> Self {
        self.settings.default_ttl = Some(ttl);
        self
    }

    /// The largest payload of a value in bytes, before compression, where its type names none.
    /// Default: 16 MiB. Larger ones are refused when written and when read.
    pub fn max_value_size(mut self, bytes: usize) -> Self {
        self.settings.max_value_size = bytes;
        self
    }

    /// How values are compressed whose type names no compression. Default: not at all. What is read says itself how it is
    /// compressed.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.settings.compression = compression;
        self
    }

    /// Where revisions get their randomness. Default: the operating system's generator.
    pub fn entropy(mut self, entropy: impl Entropy) -> Self {
        self.settings.entropy = Box::new(entropy);
        self
    }

    /// Where it counts what it compresses.
    #[cfg(feature = "metrics")]
    pub(crate) fn counting(mut self, compressed: Arc<Compressed>) -> Self {
        self.settings.compressed = Some(compressed);
        self
    }

    /// The store.
    pub fn build(self) -> Store<L::Backend>
    where
        L: Layer<B>,
    {
        Store {
            backend: Arc::new(self.layers.over(self.backend)),
            settings: Arc::new(self.settings),
            expiry: None,
            timeout: None,
            reads: Reads::Cached,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("default_ttl", &self.default_ttl)
            .field("max_value_size", &self.max_value_size)
            .field("compression", &self.compression)
            .finish_non_exhaustive()
    }
}
