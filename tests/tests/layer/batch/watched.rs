use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use typed_state::backend::{Backend, Commit, Context, Entry, Key, Outcome, WriteBatch, Written};
use typed_state::backends::Memory;
use typed_state::{Error, ErrorKind, Result};
use typed_state_tests::forward;

use super::ours::key;

/// The key that cannot be read.
pub(crate) const DAMAGED: u32 = 1 << 20;
/// While this key is read, the store cannot be reached.
pub(crate) const UNREACHABLE: u32 = 1 << 21;

/// Memory that notes what it is called with, and may be slow.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) memory: Memory,
    pub(crate) calls: Mutex<Vec<Call>>,
    /// How long a call takes at the most, in milliseconds; where it is not 0, time must run.
    pub(crate) slowness: AtomicU64,
    /// A call that finds no permit waits for one.
    pub(crate) gate: Semaphore,
    under_way: AtomicUsize,
    pub(crate) most_under_way: AtomicUsize,
}

/// A call, and how many keys or commits it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) what: &'static str,
    pub(crate) count: usize,
    pub(crate) cx: Context,
}

struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Watched {
    pub(crate) fn new() -> Self {
        Self {
            memory: Memory::builder().sweep_every(None).build(),
            calls: Mutex::default(),
            slowness: AtomicU64::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
        }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    async fn watch(&self, what: &'static str, count: usize, cx: &Context) -> UnderWay<'_> {
        let number = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(Call {
                what,
                count,
                cx: *cx,
            });
            calls.len() as u64
        };
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_under_way.fetch_max(now, Ordering::SeqCst);
        let under_way = UnderWay(&self.under_way);
        drop(self.gate.acquire().await.unwrap());
        let slowness = self.slowness.load(Ordering::SeqCst);
        if slowness > 0 {
            // Some are quick, and they overtake others.
            let millis = number.wrapping_mul(0x9E37_79B9) % slowness + 1;
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        under_way
    }
}

impl Backend for Watched {
    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        cx.check()?;
        let _under_way = self.watch("get", keys.len(), cx).await;
        for (number, kind) in [
            (DAMAGED, ErrorKind::Corrupt),
            (UNREACHABLE, ErrorKind::Unavailable),
        ] {
            if keys.contains(&key(number)) {
                return Err(Error::new(kind, "as the test wants it").at_key(&key(number)));
            }
        }
        self.memory.get(cx, keys).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        let _under_way = self.watch("commit", 1, cx).await;
        self.memory.commit(cx, commit).await
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let _under_way = self.watch("commit_many", commits.len(), cx).await;
        self.memory.commit_many(cx, commits).await
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        let _under_way = self.watch("write", batch.writes.len(), cx).await;
        self.memory.write(cx, batch).await
    }

    forward!(memory: capabilities range scan snapshot health);
}
