//! Targets that can be looked into, damaged, and made to fail.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use typed_state::checkpoint::Target;
use typed_state::checkpoint::target::Object;
use typed_state::{Error, ErrorKind, Result, Timestamp};

type Objects = BTreeMap<String, (Bytes, i64)>;

/// Objects in memory, and a clock; every call lets others run first.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    pub(crate) objects: Mutex<Objects>,
    pub(crate) now: AtomicI64,
}

impl Shelf {
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let objects = self.objects.lock().unwrap();
        let names = objects.keys().filter(|name| name.starts_with(folder));
        names.cloned().collect()
    }

    pub(crate) fn replace(&self, name: &str, bytes: Bytes) {
        self.objects
            .lock()
            .unwrap()
            .insert(name.to_owned(), (bytes, 0));
    }
}

impl Target for Shelf {
    async fn create(&self, name: &str, bytes: Bytes) -> Result<bool> {
        tokio::task::yield_now().await;
        let now = self.now.load(Ordering::SeqCst);
        let mut objects = self.objects.lock().unwrap();
        if objects.contains_key(name) {
            return Ok(false);
        }
        objects.insert(name.to_owned(), (bytes, now));
        Ok(true)
    }

    async fn read(&self, name: &str) -> Result<Option<Bytes>> {
        tokio::task::yield_now().await;
        let objects = self.objects.lock().unwrap();
        Ok(objects.get(name).map(|(bytes, _)| bytes.clone()))
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>> {
        tokio::task::yield_now().await;
        let objects = self.objects.lock().unwrap();
        let found = objects.iter().filter(|(name, _)| {
            name.strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
        });
        let found = found.map(|(name, (bytes, created))| Object {
            name: name.clone(),
            len: bytes.len() as u64,
            created: Timestamp::from_millis(*created),
        });
        Ok(found.collect())
    }

    async fn delete(&self, name: &str) -> Result<()> {
        tokio::task::yield_now().await;
        self.objects.lock().unwrap().remove(name);
        Ok(())
    }
}

/// How a call fails; all that follow fail without effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It has no effect.
    Before,
    /// It has its effect, and the answer is an error.
    After,
    /// It has its effect, and no answer ever comes.
    Silent,
}

pub(crate) const FAILURES: [Failure; 3] = [Failure::Before, Failure::After, Failure::Silent];

/// Counts calls, of which one fails and all after it do.
#[derive(Debug)]
pub(crate) struct Trip {
    left: AtomicUsize,
    failure: Failure,
}

impl Trip {
    /// The call after `good` ones fails.
    pub(crate) fn after(good: usize, failure: Failure) -> Self {
        Self {
            left: AtomicUsize::new(good + 1),
            failure,
        }
    }

    pub(crate) fn is_down(&self) -> bool {
        self.left.load(Ordering::SeqCst) == 0
    }

    pub(crate) async fn call<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let down = || Err(Error::new(ErrorKind::Unavailable, "made to fail"));
        let left = |left: usize| left.checked_sub(1);
        match self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, left)
        {
            Ok(1) => {}
            Ok(_) => return call.await,
            Err(_) => return down(),
        }
        if self.failure != Failure::Before {
            call.await?;
        }
        if self.failure == Failure::Silent {
            std::future::pending::<()>().await;
        }
        down()
    }
}

/// A target that fails.
#[derive(Debug)]
pub(crate) struct Tripping<T> {
    pub(crate) target: Arc<T>,
    pub(crate) trip: Trip,
}

impl<T: Target> Target for Tripping<T> {
    async fn create(&self, name: &str, bytes: Bytes) -> Result<bool> {
        self.trip.call(self.target.create(name, bytes)).await
    }

    async fn read(&self, name: &str) -> Result<Option<Bytes>> {
        self.trip.call(self.target.read(name)).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>> {
        self.trip.call(self.target.list(folder)).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.trip.call(self.target.delete(name)).await
    }
}

/// The answer of a call; `None` where none comes, and the call is dropped.
pub(crate) async fn patiently<T>(call: impl IntoFuture<Output = Result<T>>) -> Option<Result<T>> {
    let wait = std::time::Duration::from_millis(60);
    tokio::time::timeout(wait, call.into_future()).await.ok()
}
