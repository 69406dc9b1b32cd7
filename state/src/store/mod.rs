//! The typed store: the only place where types and bytes meet.

mod builder;
mod counter;
#[cfg(feature = "json")]
mod filter;
mod layered;
mod lifetime;
mod lock_statistics;
mod many;
#[cfg(feature = "json")]
mod matches;
#[cfg(feature = "json")]
mod metadata;
mod operation;
mod pages;
mod point;
#[cfg(feature = "json")]
mod project_match;
mod projection;
mod query;
mod snapshot;
mod transaction;
mod update;
mod value;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::builder::StoreBuilder;
pub use self::counter::CounterHandle;
#[cfg(feature = "json")]
pub use self::filter::{Field, Filter};
pub use self::lifetime::{IntoExpiry, Lifetime};
pub use self::lock_statistics::LockStatistics;
pub(crate) use self::lock_statistics::{LockCounts, count};
#[cfg(feature = "json")]
pub use self::matches::Matches;
pub use self::operation::Operation;
#[cfg(feature = "json")]
pub use self::project_match::ProjectMatch;
pub use self::projection::{Entries, Keys, Project, VersionedEntries};
pub use self::query::{InOrder, Query, Unordered};
pub use self::snapshot::StoreSnapshot;
pub use self::transaction::{Committed, Transaction};
#[cfg(feature = "checkpoints")]
pub(crate) use self::value::decode_value;
pub use self::value::{ValueOf, Versioned};

use self::builder::Settings;
#[cfg(feature = "metrics")]
use crate::backend::Observed;
use crate::backend::{
    Backend, Capabilities, Context, Deadline, Expiry, Health, Key, Reads, ReplicaReads, Revision,
};
use crate::error::{Error, Result};
#[cfg(feature = "metrics")]
use crate::layer::register_numbers;

/// A typed store on a backend that is chosen at compile time.
///
/// Cloning is cheap and shares the backend. The views [`with_expiry`](Self::with_expiry) and
/// [`with_timeout`](Self::with_timeout) are such clones with an option changed.
///
/// Operations may be called from any task at any time. What a dropped future leaves behind stands
/// under "Cancellation" of each.
#[must_use]
pub struct Store<B> {
    backend: Arc<B>,
    settings: Arc<Settings>,
    expiry: Option<Expiry>,
    timeout: Option<Duration>,
    reads: Reads,
}

impl<B: Backend> Store<B> {
    /// A store with the default options.
    pub fn new(backend: B) -> Self {
        Self::builder(backend).build()
    }

    /// A store with options.
    pub fn builder(backend: B) -> StoreBuilder<B> {
        StoreBuilder::new(backend)
    }

    /// A view whose writes expire so, whatever the type and the store say.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use typed_state::{Store, Ttl, backends::Memory};
    /// # fn main() -> typed_state::Result<()> {
    /// let store = Store::new(Memory::new());
    /// let short_lived = store.with_expiry(Ttl::new(Duration::from_secs(30))?);
    /// # let _ = short_lived; Ok(()) }
    /// ```
    pub fn with_expiry(&self, expiry: impl IntoExpiry) -> Self {
        Self {
            expiry: Some(expiry.into_expiry()),
            ..self.clone()
        }
    }

    /// A view whose operations have `timeout` each, from their call to their answer.
    ///
    /// What the store has not applied by then it does not apply later.
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self {
            timeout: Some(timeout),
            ..self.clone()
        }
    }

    /// A view whose plain reads (`get`, `get_many`, `contains`, `ttl`, and the reading of ranges and scans) are
    /// answered by a replica where there is one, which takes load off the primary.
    ///
    /// What a replica answers may be out of date by as much as it lags behind, and two reads may be answered by two
    /// replicas, so that the second sees less than the first. Whatever changes state reads from the primary all the
    /// same: `update`, `take`, transactions, `clear`.
    pub fn with_replica_reads(&self) -> Self
    where
        B: ReplicaReads,
    {
        Self {
            reads: Reads::Replica,
            ..self.clone()
        }
    }

    /// The backend.
    pub fn backend(&self) -> &B {
        &self.backend
    }

    /// What the backend can do and promises.
    pub fn capabilities(&self) -> Capabilities {
        self.backend.capabilities()
    }

    /// Has a registry show what the backend and its layers tell of themselves: operations where there is a
    /// [`Metrics`](crate::layer::Metrics) layer, retries, the circuit, the cache, connections. `name` is their label `store`, by
    /// which stores on one registry are told apart; an empty one is to Prometheus as if there were no such label.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where the registry shows such numbers of a store of this name on the
    /// same backend.
    #[cfg(feature = "metrics")]
    pub fn register_metrics(&self, registry: &prometheus::Registry, name: &str) -> Result<()>
    where
        B: Observed,
    {
        let (backend, locks) = (Arc::clone(&self.backend), Arc::clone(self.lock_counts()));
        register_numbers(registry, name, self.capabilities().backend, move || {
            let mut numbers = backend.observations();
            numbers.extend(locks.read().told());
            numbers
        })
    }

    /// Whether the store can serve.
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// Why it cannot.
    pub async fn health(&self) -> Result<Health> {
        let cx = self.context("health");
        self.backend
            .health(&cx)
            .await
            .map_err(|error| error.in_operation("health"))
    }

    pub(crate) fn context(&self, operation: &'static str) -> Context {
        let cx = Context::new().for_operation(operation);
        match self.timeout.and_then(Deadline::after) {
            Some(deadline) => cx.with_deadline(deadline),
            None => cx,
        }
    }

    /// The context of an operation that does nothing but read, and writes nothing that follows from what it read.
    fn read_context(&self, operation: &'static str) -> Context {
        self.context(operation).with_reads(self.reads)
    }

    /// As [`read_context`](Self::read_context), of an operation that tells what else there is of an entry than its value; no cache
    /// knows that.
    fn whole_context(&self, operation: &'static str) -> Context {
        let cx = self.read_context(operation).with_lifetimes();
        match cx.reads {
            Reads::Cached => cx.with_reads(Reads::Primary),
            Reads::Primary | Reads::Replica => cx,
        }
    }

    pub(crate) fn new_revision(&self) -> Revision {
        Revision::from_bits(self.random())
    }

    /// 64 random bits.
    pub(crate) fn random(&self) -> u64 {
        self.settings.entropy.next_u64()
    }

    /// What the locks of all views of this store have done so far in this process.
    pub fn lock_statistics(&self) -> LockStatistics {
        self.settings.locks.read()
    }

    pub(crate) fn lock_counts(&self) -> &Arc<LockCounts> {
        &self.settings.locks
    }
}

/// Names the operation and the key in an error.
fn at<'a>(operation: &'static str, key: &'a Key) -> impl Fn(Error) -> Error + 'a {
    move |error| error.in_operation(operation).at_key(key)
}

/// Names the operation in an error.
fn within(operation: &'static str) -> impl Fn(Error) -> Error {
    move |error| error.in_operation(operation)
}

impl<B> Clone for Store<B> {
    fn clone(&self) -> Self {
        Self {
            backend: Arc::clone(&self.backend),
            settings: Arc::clone(&self.settings),
            expiry: self.expiry,
            timeout: self.timeout,
            reads: self.reads,
        }
    }
}

impl<B: fmt::Debug> fmt::Debug for Store<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("backend", &self.backend)
            .field("expiry", &self.expiry)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
