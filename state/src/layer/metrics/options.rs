use super::backend::Metrics;
use crate::backend::Backend;
use crate::layer::Layer;

/// The options of [`Metrics`].
///
/// ```
/// use typed_state::layer::{Layer, MetricsLayer};
/// use typed_state::{Store, backends::Memory};
/// # fn main() -> typed_state::Result<()> {
/// let registry = prometheus::Registry::new();
/// let backend = MetricsLayer::new().store("orders").over(Memory::new());
/// backend.register(&registry)?;
/// let store = Store::new(backend);
/// println!("{}", store.backend().statistics());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct MetricsLayer {
    pub(super) store: String,
}

impl MetricsLayer {
    /// Metrics of a store without a name.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name of the store: the label `store` of all its metrics, by which stores on one registry are told apart.
    /// Default: empty, which is to Prometheus as if there were no such label.
    pub fn store(mut self, name: impl Into<String>) -> Self {
        self.store = name.into();
        self
    }
}

impl<B: Backend> Layer<B> for MetricsLayer {
    type Backend = Metrics<B>;

    fn over(self, inner: B) -> Metrics<B> {
        Metrics::new(self, inner)
    }
}
