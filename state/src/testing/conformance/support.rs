//! What the cases share: a fresh store, the passing of time, tasks at once, and errors that are expected.

use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Barrier;

use crate::backend::{
    Backend, Context, Entry, Expiry, FailedCondition, Key, Mutation, Write, WriteBatch,
};
use crate::clock::{Entropy as _, SeededEntropy};
use crate::key::{KeyLookup, encode_key};
use crate::testing::{Fixture as _, Harness, Time};
use crate::{Error, ErrorKind, Result, Revision, Store, Ttl};

/// A fresh store for one case, and its fixture.
pub(super) struct Trial<H: Harness> {
    pub(super) store: Store<Arc<H::Backend>>,
    fixture: Arc<H::Fixture>,
    slowness: u32,
}

impl<H: Harness> Trial<H> {
    pub(super) async fn new(harness: &H) -> Self {
        let fixture = harness.fresh().await.unwrap();
        Self {
            store: Store::new(Arc::clone(fixture.backend())),
            fixture: Arc::new(fixture),
            slowness: u32::try_from(harness.slowness().get()).unwrap_or(u32::MAX),
        }
    }

    /// The backend, for a store with other options.
    pub(super) fn backend(&self) -> Arc<H::Backend> {
        Arc::clone(self.fixture.backend())
    }

    /// Two clients of the store, as two processes would have.
    pub(super) async fn clients(&self) -> [Store<Arc<H::Backend>>; 2] {
        let other = Store::new(self.fixture.connect().await.unwrap());
        [self.store.clone(), other]
    }

    /// As many rounds of a loop as the store is fast enough for; at least 2.
    pub(super) fn scaled(&self, rounds: u32) -> u32 {
        (rounds / self.slowness).max(2)
    }

    /// Lets this many milliseconds pass by the store's clock.
    pub(super) async fn pass(&self, millis: u64) {
        self.fixture
            .elapse(Duration::from_millis(millis))
            .await
            .unwrap();
    }

    /// Whether the store's clock moves only when it is told to.
    pub(super) fn clock_is_manual(&self) -> bool {
        self.fixture.time() == Time::Manual
    }

    /// Removes what has expired and says how many entries that were.
    pub(super) async fn sweep(&self) -> u64 {
        self.fixture.sweep().await.unwrap()
    }

    /// Removes what has expired, by two sweepers at once.
    pub(super) async fn sweep_twice_at_once(&self) {
        together(2, |_| {
            let fixture = Arc::clone(&self.fixture);
            async move { fixture.sweep().await.unwrap() }
        })
        .await;
    }

    /// Closes the store and opens it again, where it can outlive its client.
    pub(super) async fn restart(self) -> (Self, bool) {
        let Self {
            store,
            fixture,
            slowness,
        } = self;
        drop(store);
        let mut fixture = Arc::into_inner(fixture).expect("nobody else has the store");
        let restarted = fixture.restart().await.unwrap();
        let trial = Self {
            store: Store::new(Arc::clone(fixture.backend())),
            fixture: Arc::new(fixture),
            slowness,
        };
        (trial, restarted)
    }

    /// The entry as the backend has it.
    pub(super) async fn get_raw(&self, key: &Key) -> Option<Entry> {
        let keys = std::slice::from_ref(key);
        let entries = self
            .fixture
            .backend()
            .get(&Context::new().with_lifetimes(), keys)
            .await
            .unwrap();
        assert_eq!(entries.len(), 1, "one answer a key");
        entries.into_iter().next().flatten()
    }

    /// Writes bytes underneath the types.
    pub(super) async fn put_raw(&self, key: &Key, value: &[u8]) {
        self.put_raw_at(key, value, Revision::from_bits(0x00C0_FFEE))
            .await;
    }

    /// Writes bytes underneath the types, under many keys.
    pub(super) async fn put_many_raw(&self, entries: &[(Key, Vec<u8>)]) {
        let puts = entries.iter().map(|(key, value)| Write::Put {
            key: key.clone(),
            value: value.clone().into(),
            expiry: Expiry::Never,
        });
        let revision = Revision::from_bits(0x00C0_FFEE);
        self.write(revision, puts.collect()).await;
    }

    /// Writes bytes underneath the types, at a revision.
    pub(super) async fn put_raw_at(&self, key: &Key, value: &[u8], revision: Revision) {
        self.write_raw(key, value, revision, Expiry::Never).await;
    }

    /// Removes an entry underneath the types.
    pub(super) async fn delete_raw(&self, key: &Key) {
        let revision = Revision::from_bits(0x00C0_FFEE);
        self.write(revision, vec![Write::Delete { key: key.clone() }])
            .await;
    }

    /// Writes bytes underneath the types that expire.
    pub(super) async fn put_raw_expiring(&self, key: &Key, value: &[u8], ttl: Ttl) {
        let revision = Revision::from_bits(0x00C0_FFEE);
        self.write_raw(key, value, revision, Expiry::After(ttl))
            .await;
    }

    async fn write_raw(&self, key: &Key, value: &[u8], revision: Revision, expiry: Expiry) {
        let write = Write::Put {
            key: key.clone(),
            value: value.to_vec().into(),
            expiry,
        };
        self.write(revision, vec![write]).await;
    }

    async fn write(&self, revision: Revision, writes: Vec<Write>) {
        let batch = WriteBatch { revision, writes };
        self.fixture
            .backend()
            .write(&Context::new(), batch)
            .await
            .unwrap();
    }
}

/// The value's bytes under a key that is there.
pub(super) async fn raw_value<B: Backend>(store: &Store<B>, key: &Key) -> Bytes {
    let keys = std::slice::from_ref(key);
    let entries = store.backend().get(&Context::new(), keys).await.unwrap();
    entries[0].as_ref().expect("it was put").value.clone()
}

/// A mutation that puts an entry for ever.
pub(super) fn put(key: &Key, value: &'static [u8]) -> Mutation {
    Mutation::Put {
        key: key.clone(),
        value: value.into(),
        expiry: Expiry::Never,
    }
}

/// The bytes of a key.
pub(super) fn key_of<Q: KeyLookup>(key: &Q) -> Key {
    encode_key(key).unwrap()
}

/// A time to live of this many milliseconds.
pub(super) fn ttl(millis: i64) -> Ttl {
    Ttl::from_millis(millis).unwrap()
}

/// A number of entries, not zero.
pub(super) fn size(entries: usize) -> NonZeroUsize {
    NonZeroUsize::new(entries).unwrap()
}

/// The error of a result that must be one, of this kind.
#[track_caller]
pub(super) fn refused<T>(result: Result<T>, kind: ErrorKind) -> Error {
    match result {
        Ok(_) => panic!("it must be refused: {kind}"),
        Err(error) => {
            assert_eq!(error.kind(), kind, "{error}");
            error
        }
    }
}

/// The conditions that a conflict names.
#[track_caller]
pub(super) fn conflict_of(error: &Error) -> &[FailedCondition] {
    let failed = &error
        .conflict()
        .expect("a conflict names its conditions")
        .failed;
    assert!(
        !failed.is_empty(),
        "a conflict names at least one condition"
    );
    failed
}

/// Runs `count` tasks at once, which all begin together, and gives their answers in order.
pub(super) async fn together<T, F>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let (start, work) = (Arc::clone(&start), task(number));
            tokio::spawn(async move {
                start.wait().await;
                work.await
            })
        })
        .collect();
    let mut answers = Vec::with_capacity(count);
    let mut failure = None;
    for task in tasks {
        match task.await {
            Ok(answer) => answers.push(answer),
            Err(error) => failure = Some(error),
        }
    }
    match failure.map(tokio::task::JoinError::try_into_panic) {
        None => answers,
        Some(Ok(panic)) => std::panic::resume_unwind(panic),
        Some(Err(error)) => panic!("{error}"),
    }
}

/// Repeatable bytes that no compression shrinks.
pub(super) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let entropy = SeededEntropy::new(seed.wrapping_mul(0x9E37_79B9));
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&entropy.next_u64().to_be_bytes());
    }
    bytes.truncate(length);
    bytes
}
