use std::sync::Arc;

use super::Postgres;
use super::config::PostgresConfig;
use super::link::{Effect, Link, Settings};
use super::migration;
use super::names::Names;
use super::sql::Statements;
use super::sweep::Sweeper;
use crate::backend::Context;
use crate::backends::listener::Listener;
use crate::error::Result;

impl Postgres {
    /// Connects to the servers that the configuration names, and makes the table where it is not there.
    ///
    /// It lives on the tokio runtime that it was opened on.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where a password, a certificate, the database or a right is
    /// wrong or missing; [`IncompatibleSchema`](crate::ErrorKind::IncompatibleSchema) where the table is of a newer version,
    /// or not the store's; [`Unavailable`](crate::ErrorKind::Unavailable) and [`Timeout`](crate::ErrorKind::Timeout) where
    /// no primary can be reached.
    ///
    /// Cancellation: nothing is left behind but a table that may have been made.
    pub async fn open(config: &PostgresConfig) -> Result<Self> {
        let options = &config.options;
        let names = Names::of(options);
        let link = Link::open(Settings::of(options)?).await?;
        let connected = link.connect(&Context::new()).await;
        let mut connection = connected.map_err(|failure| failure.into_error(Effect::Read))?;
        migration::bring_up_to_date(&mut connection, &names, options.migrate).await?;
        connection.close().await;
        let mut store = Self {
            link: Arc::new(link),
            statements: Arc::new(Statements::of(&names)),
            names: Arc::new(names),
            sweeper: None,
            batch_size: usize::try_from(options.batch_size)
                .unwrap_or(usize::MAX)
                .max(1),
            cleanup_batch_size: options.cleanup_batch_size.max(1),
            default_ttl: options.default_ttl,
            listener: Arc::new(Listener::new()),
        };
        if !options.cleanup_interval.is_zero() {
            let sweeper = Sweeper::start(store.sweeps(), options.cleanup_interval);
            store.sweeper = Some(Arc::new(sweeper));
        }
        Ok(store)
    }

    /// Ends all connections of all clones. What is on its way goes on to its end; every later operation fails.
    pub fn close(&self) {
        if let Some(sweeper) = &self.sweeper {
            sweeper.stop();
        }
        self.listener.stop();
        self.link.close();
    }
}
