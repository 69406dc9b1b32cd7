use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::Coordinator;
use super::numbers::Numbers;
use super::task::Task;
use crate::backend::{Backend, Key, Ttl};
use crate::checkpoint::checkpoints::Checkpoints;
use crate::checkpoint::target::Target;
use crate::error::{Error, ErrorKind, Result};
use crate::lock::runtime;
use crate::store::Store;

/// The entries whose locks say who takes checkpoints; no key type can have this namespace.
const NAMESPACE: &[u8] = b"~checkpoint";
/// The longest name.
const MAX_NAME_LEN: usize = 64;

/// How a [`Coordinator`] takes checkpoints.
#[derive(Debug)]
#[must_use = "nothing is taken before `start`"]
pub struct CoordinatorBuilder<T, B> {
    checkpoints: Checkpoints<T>,
    store: Store<B>,
    name: String,
    holder: Option<String>,
    pub(super) options: Options,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) interval: Duration,
    pub(super) pause: Duration,
    pub(super) retention: NonZeroUsize,
    pub(super) lock_ttl: Ttl,
}

impl<T: Target> Checkpoints<T> {
    /// Takes checkpoints of a store in the background.
    pub fn coordinate<B: Backend>(&self, store: &Store<B>) -> CoordinatorBuilder<T, B> {
        CoordinatorBuilder {
            checkpoints: self.clone(),
            store: store.clone(),
            name: "default".to_owned(),
            holder: None,
            options: Options {
                interval: Duration::from_secs(10),
                pause: Duration::from_secs(1),
                retention: NonZeroUsize::MIN.saturating_add(9),
                lock_ttl: Ttl::from_millis(10_000).unwrap_or(Ttl::MIN),
            },
        }
    }
}

impl<T: Target, B: Backend> CoordinatorBuilder<T, B> {
    /// How long from the start of a checkpoint to the start of the next. Default 10 s. The first is taken an interval after this
    /// process has become the one that takes them.
    pub const fn interval(mut self, interval: Duration) -> Self {
        self.options.interval = interval;
        self
    }

    /// The least time from the end of a checkpoint to the start of the next, where one takes long. Default 1 s.
    pub const fn min_pause(mut self, pause: Duration) -> Self {
        self.options.pause = pause;
        self
    }

    /// How many checkpoints are kept. Default 10; older ones are deleted after each that was taken.
    pub const fn retention(mut self, checkpoints: NonZeroUsize) -> Self {
        self.options.retention = checkpoints;
        self
    }

    /// How long another process waits for one that died before it takes over. Default 10 s.
    pub const fn lock_ttl(mut self, ttl: Ttl) -> Self {
        self.options.lock_ttl = ttl;
        self
    }

    /// The coordinators of one name exclude each other; those that write to different targets need different names. Default
    /// `default`; at most 64 bytes.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What this process is called where it holds the lock. Default `process` and its number.
    pub fn holder(mut self, holder: impl Into<String>) -> Self {
        self.holder = Some(holder.into());
        self
    }

    /// Begins, on the tokio runtime that this is called on.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) where the interval is zero, a name is empty or too long, or this is called outside of a
    /// runtime.
    pub fn start(self) -> Result<Coordinator> {
        let runtime = runtime()?;
        if self.options.interval.is_zero() {
            let wrong = "an interval between checkpoints is longer than zero";
            return Err(Error::new(ErrorKind::InvalidInput, wrong));
        }
        let mut lock = self.store.lock_of_entry(guarded(&self.name)?);
        lock = lock.ttl(self.options.lock_ttl);
        if let Some(holder) = &self.holder {
            crate::lock::check_holder(holder)?;
            lock = lock.holder(holder);
        }
        let numbers = Arc::new(Numbers::of(self.store.capabilities().backend));
        let (stop, stopped) = watch::channel(false);
        let task = Task {
            checkpoints: self.checkpoints,
            store: self.store,
            lock,
            options: self.options,
            numbers: Arc::clone(&numbers),
            stop: stopped,
        };
        Ok(Coordinator {
            task: Some(runtime.spawn(task.run())),
            stop,
            numbers,
        })
    }
}

fn guarded(name: &str) -> Result<Key> {
    if name.is_empty() || name.len() > MAX_NAME_LEN {
        let wrong = format!("the name of a coordinator has 1 to {MAX_NAME_LEN} bytes");
        return Err(Error::new(ErrorKind::InvalidInput, wrong));
    }
    let bytes = [NAMESPACE, &[0], name.as_bytes()].concat();
    Key::new(&bytes[..], bytes.len())
}
