//! A lock that a majority of independent stores grants.

mod ballot;
mod grant;
mod lock;
mod seat;
#[cfg(all(test, feature = "memory"))]
mod tests;

use std::sync::Arc;

pub use self::lock::QuorumLock;
use super::subject::Subject;
use super::terms::Terms;
use crate::backend::Backend;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyLookup, encode_key};
use crate::store::{LockCounts, LockStatistics, Store};

/// Independent stores that grant locks by majority, so that a lock outlives any minority of them.
///
/// Cloning is cheap and shares the stores.
///
/// ```
/// # use typed_state::{StateKey, Store, backends::Memory};
/// use typed_state::lock::Redlock;
///
/// #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// #[state(namespace = "printer", value = u64)]
/// struct Printer(u32);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> typed_state::Result<()> {
/// # let nodes = [(); 3].map(|()| Store::new(Memory::new()));
/// let redlock = Redlock::new(nodes)?; // three servers that share nothing
/// let held = redlock.lock(&Printer(7)).acquire().await?;
/// println!("print, and send the fence {} along", held.fence());
/// held.release().await?;
/// # Ok(()) }
/// ```
///
/// A node is a store of its own. The lock is taken on all of them at once, each as [`Store::lock`] takes its lock; it is held where
/// more than half gave it, for what is left of the time to live since they were asked, less 1 % and 2 ms for clocks that differ in pace. It is
/// renewed and released in the same way: on all nodes, by majority. A renewal that fails releases nothing; the lock is held to
/// its end, and the renewal tried again. A node that comes back, or lost the record, gets it anew with the next renewal.
///
/// The algorithm is [Redlock](https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/).
///
/// # Fences
///
/// Each node counts its grants. A holder takes the greatest number that its nodes gave, and, before it says that it holds the
/// lock, writes it back to all that have a smaller one, until a majority has it. Any two majorities share a node, so the next holder reads
/// it and gets a greater one.
///
/// # What it does not promise
///
/// | | |
/// | --- | --- |
/// | exclusion without clocks | nodes count the time to live by their own clocks. One whose clock jumps forward frees its part early; when a majority has no more, there are two holders |
/// | exclusion after a node forgot | a node that restarts without its data grants what it had granted to somebody else. Let it write each change to disk (`appendonly yes`, `appendfsync always`), or keep it down for longer than the longest time to live |
/// | rising fences after a node forgot | the same: what no node of a majority remembers can be given again |
/// | replicas | none that can take a node's place: a failover forgets what had not been replicated. A cluster, or a set of sentinels, is one node |
/// | a paused holder | it may go on until it next looks. What it changes has to compare fences |
///
/// Where one store is enough, [`Store::lock`] promises more: it refuses the writes of who lost the lock.
#[derive(Debug)]
pub struct Redlock<B> {
    nodes: Arc<[Store<B>]>,
    counts: Arc<LockCounts>,
}

impl<B: Backend> Redlock<B> {
    /// Locks of these nodes.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) where there are fewer than three, an even number, or one store is named twice. One
    /// server under two addresses is found out when a lock is acquired; two stores that fail together cannot be.
    pub fn new(nodes: impl IntoIterator<Item = Store<B>>) -> Result<Self> {
        let nodes: Arc<[_]> = nodes.into_iter().collect();
        let count = nodes.len();
        let wrong = if count < 3 {
            format!("{count} nodes cannot lose one and keep a majority; name three or more")
        } else if count.is_multiple_of(2) {
            format!(
                "{count} nodes can lose no more than {} can, and one more must agree; name an odd number",
                count - 1
            )
        } else if has_twins(&nodes) {
            "one store is named twice, and would vote twice; name each once".to_owned()
        } else {
            return Ok(Self {
                nodes,
                counts: Arc::default(),
            });
        };
        Err(Error::new(ErrorKind::Configuration, wrong).in_operation("lock"))
    }

    /// The lock on `key`. On each node it is the lock of [`Store::lock`] on that key.
    pub fn lock<Q: KeyLookup + ?Sized>(&self, key: &Q) -> QuorumLock<B> {
        QuorumLock {
            nodes: Arc::clone(&self.nodes),
            counts: Arc::clone(&self.counts),
            subject: Subject::of(encode_key(key)),
            terms: Terms::default(),
        }
    }

    /// What these locks have done so far in this process.
    pub fn lock_statistics(&self) -> LockStatistics {
        self.counts.read()
    }
}

fn has_twins<B: Backend>(nodes: &[Store<B>]) -> bool {
    let same = |(a, b): (&Store<B>, &Store<B>)| std::ptr::eq(a.backend(), b.backend());
    let pairs = |(place, a)| nodes.iter().skip(place + 1).map(move |b| (a, b));
    nodes.iter().enumerate().flat_map(pairs).any(same)
}

impl<B> Clone for Redlock<B> {
    fn clone(&self) -> Self {
        Self {
            nodes: Arc::clone(&self.nodes),
            counts: Arc::clone(&self.counts),
        }
    }
}
