use super::backend::AnyBackend;
use super::config::{AnyConfig, Choice};
#[cfg(feature = "postgres")]
use crate::backends::Postgres;
#[cfg(feature = "redis")]
use crate::backends::Redis;
use crate::error::Result;

impl AnyBackend {
    /// Opens the backend that a URL names; [`AnyConfig`] says how it is written.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> typed_state::Result<()> {
    /// use typed_state::{AnyBackend, Store};
    ///
    /// let store = Store::new(AnyBackend::connect("memory:").await?);
    /// assert_eq!(store.capabilities().backend, "memory");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open), and where the URL is wrong or of no backend that there is.
    ///
    /// Cancellation: as [`open`](Self::open).
    pub async fn connect(url: &str) -> Result<Self> {
        Self::open(&url.parse()?).await
    }

    /// Opens the backend that the configuration names.
    ///
    /// # Errors
    /// As the backend's own way to open it.
    ///
    /// Cancellation: nothing is left behind but a directory or a table that may have been made.
    #[allow(clippy::unused_async, reason = "memory opens at once")]
    pub async fn open(config: &AnyConfig) -> Result<Self> {
        match &config.0 {
            Choice::Memory(config) => Ok(config.build().into()),
            #[cfg(feature = "embedded")]
            Choice::Embedded(config) => Ok(config.open().await?.into()),
            #[cfg(feature = "redis")]
            Choice::Redis(config) => Ok(Redis::open(config).await?.into()),
            #[cfg(feature = "postgres")]
            Choice::Postgres(config) => Ok(Postgres::open(config).await?.into()),
        }
    }
}
