use std::sync::Arc;

use super::backend::Metrics;
use super::compressed::Compressed;
use crate::backend::Backend;
use crate::layer::Layer;

/// Makes [`Metrics`]. It has no options.
///
/// ```
/// use typed_state::layer::MetricsLayer;
/// use typed_state::{Store, backends::Memory};
/// # fn main() -> typed_state::Result<()> {
/// let registry = prometheus::Registry::new();
/// let store = Store::builder(Memory::new()).metrics(MetricsLayer::new()).build();
/// store.register_metrics(&registry, "orders")?;
/// println!("{}", store.backend().statistics());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct MetricsLayer {
    pub(super) compressed: Arc<Compressed>,
}

impl MetricsLayer {
    /// A layer that has counted nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the store above the layer counts what it compresses.
    pub(crate) fn compressed(&self) -> Arc<Compressed> {
        Arc::clone(&self.compressed)
    }
}

impl<B: Backend> Layer<B> for MetricsLayer {
    type Backend = Metrics<B>;

    fn over(self, inner: B) -> Metrics<B> {
        Metrics::new(self, inner)
    }
}
