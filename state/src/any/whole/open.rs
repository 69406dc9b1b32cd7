use super::config::StoreConfig;
use crate::any::AnyBackend;
use crate::error::Result;
use crate::layer::Layer as _;
#[cfg(feature = "metrics")]
use crate::layer::{MetricsLayer, Optional};
use crate::store::Store;

impl StoreConfig {
    /// Opens the backend, and puts the layers and the store over it.
    ///
    /// The store can be named: `Store<AnyBackend>`. Futures are boxed twice, above and below the layers, some 40 ns an
    /// operation; a program that knows its layers puts them on by [`Store::builder`].
    ///
    /// # Errors
    /// As the backend's own way to open it.
    ///
    /// Cancellation: nothing is left behind but a directory or a table that may have been made.
    pub async fn open(&self) -> Result<Store<AnyBackend>> {
        Ok(self.over(AnyBackend::open(&self.backend).await?))
    }

    /// The layers and the store over a backend that is open already, whatever the configuration says of one.
    pub fn over(&self, backend: impl Into<AnyBackend>) -> Store<AnyBackend> {
        self.layered(backend.into())
    }

    fn layered(&self, bare: AnyBackend) -> Store<AnyBackend> {
        let options = &self.options;
        // In the order of `layer::Stack`.
        let backend = options.circuit().over(bare.clone());
        let backend = options.batch().over(options.retry().over(backend));
        #[cfg(feature = "cache")]
        let backend = options.cache().over(backend);
        let backend = options.timeout().over(backend);
        #[cfg(feature = "metrics")]
        let backend = options.metrics.then(MetricsLayer::new).over(backend);
        #[cfg(feature = "metrics")]
        let record = match &backend {
            Optional::On(metrics) => Some(metrics.record()),
            Optional::Off(_) => None,
        };
        let layered = AnyBackend::layered(
            options.trace().over(backend),
            bare,
            #[cfg(feature = "metrics")]
            record.clone(),
        );
        let builder = Store::builder(layered)
            .max_value_size(options.max_value_size())
            .compression(options.compression());
        #[cfg(feature = "metrics")]
        let builder = match record {
            Some(record) => builder.counting(record.compressed()),
            None => builder,
        };
        match options.default_ttl {
            Some(ttl) => builder.default_ttl(ttl).build(),
            None => builder.build(),
        }
    }
}
