use std::num::NonZeroUsize;

use super::Batch;
use crate::backend::Backend;
use crate::layer::Layer;

/// Sends operations together that come together; see [`Batch`].
///
/// ```
/// use typed_state::backends::Memory;
/// use typed_state::layer::{BatchLayer, Layer as _};
/// use typed_state::Store;
///
/// let store = Store::new(BatchLayer::new().over(Memory::new()));
/// # let _ = store;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchLayer {
    pub(super) max_operations: NonZeroUsize,
    pub(super) max_bytes: usize,
    pub(super) max_in_flight: NonZeroUsize,
    pub(super) direct_below: usize,
}

const fn count(number: usize) -> NonZeroUsize {
    match NonZeroUsize::new(number) {
        Some(number) => number,
        None => NonZeroUsize::MIN,
    }
}

impl Default for BatchLayer {
    fn default() -> Self {
        Self {
            max_operations: count(256),
            max_bytes: 1 << 20,
            max_in_flight: count(8),
            direct_below: 4,
        }
    }
}

impl BatchLayer {
    /// The defaults, which suit servers some tenths of a millisecond away and farther.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many operations one call carries at the most; 256. More wait for the next.
    #[must_use]
    pub fn max_operations(mut self, operations: NonZeroUsize) -> Self {
        self.max_operations = operations;
        self
    }

    /// How many bytes of keys and values the operations of one call have at the most, about; 1 MiB. An operation that
    /// has more travels alone.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// How many calls with reads are under way at a time, and how many with commits; 8.
    #[must_use]
    pub fn max_in_flight(mut self, calls: NonZeroUsize) -> Self {
        self.max_in_flight = calls;
        self
    }

    /// While fewer other operations are under way, one is sent at once and by itself; 4. With 0 none is.
    #[must_use]
    pub fn direct_below(mut self, operations: usize) -> Self {
        self.direct_below = operations;
        self
    }
}

impl<B: Backend> Layer<B> for BatchLayer {
    type Backend = Batch<B>;

    fn over(self, inner: B) -> Batch<B> {
        Batch::new(inner, self)
    }
}
