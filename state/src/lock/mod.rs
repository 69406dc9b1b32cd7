//! Locks on keys, with fences: made of the store's own commits, so they work on every backend.
//!
//! # What a lock is
//!
//! Three entries beside the guarded one, in its partition. The *record* tells who holds the lock and expires with the grant;
//! to acquire is a commit that requires it to be absent and puts it, to renew one that requires its revision and touches it,
//! to release one that requires its revision and deletes it. The *fence* counts grants, in the commit that makes each, and never
//! expires. What a [`LockGuard`] writes requires the record's revision in the same commit. So the store refuses who lost the
//! lock, at the moment of the write, and no clock but the store's own takes part.
//!
//! # What it promises
//!
//! | | |
//! | --- | --- |
//! | two holders at once | the store grants one at a time. Who was paused may believe that it holds the lock until it next looks; its writes through the guard are refused |
//! | writes outside of the store | compare [`Fence`]s there, or accept that a paused holder writes late |
//! | fences | rise strictly, as long as the store loses nothing: on Redis see `wait_replicas` and persistence |
//! | a holder that dies | others get the lock when its time to live is over |
//! | a dropped future or guard | leaves nothing held: it is released in the background, or expires where no runtime is left. One that is forgotten (`mem::forget`) is renewed while its runtime lives |
//! | an old primary after a failover | the new one refuses what it granted. It grants until it is told, on Redis for about 10 s; with `min-replicas-to-write` for `min-replicas-max-lag` at the most; nothing to those that wait for replicas, or to synchronous commits of PostgreSQL |
//! | clocks | the store's clock counts the time to live; a jump of it ends grants early or late, and the guard's writes are refused all the same |
//!
//! # Other locks
//!
//! What is guarded may lie outside of the store. Then the store is but one that grants locks, and there are others: [`Redlock`]
//! over independent stores, and with PostgreSQL the `AdvisoryLock`. Their guard, [`HeldLock`], is that part of a [`LockGuard`] that does not
//! touch the entry, so a function that takes a `&HeldLock` takes any. What each promises, and what it does not, stands there.
//!
//! # What there is not
//!
//! No reentrance: a second acquisition waits for the first. No lock on several keys at once: take the one of the partition that
//! they share. No lock that several readers hold together: a writer would have to require that none of an unknown number of
//! entries is there, so every reader would have to write one entry that all share, at the cost of the exclusive lock that it
//! would replace. Readers of one entry need no lock, those of several read in a [transaction](crate::Store::transaction) or a
//! [snapshot](crate::Store::snapshot), and a [`Semaphore`] bounds how many do something at once.

#[cfg(feature = "postgres")]
mod advisory;
mod any_grant;
mod changes;
mod election;
mod fair;
mod fence;
mod grant;
mod guard;
mod handle;
mod held;
mod keeper;
mod lease;
mod names;
mod poll;
mod queue;
mod record;
mod redlock;
mod semaphore;
mod subject;
mod terms;
mod to_its_end;
mod wait;

#[cfg(feature = "postgres")]
pub use self::advisory::{AdvisoryForm, AdvisoryLock};
pub use self::election::{Election, Leaders, Leadership};
pub use self::fence::Fence;
pub use self::guard::LockGuard;
pub use self::handle::{Lock, LockHolder};
pub use self::held::HeldLock;
#[cfg(any(feature = "windows", feature = "checkpoints"))]
pub(crate) use self::held::runtime;
pub use self::lease::Loss;
#[cfg(feature = "windows")]
pub(crate) use self::lease::{Grant, Granted, Lease};
#[cfg(any(feature = "windows", feature = "checkpoints"))]
pub(crate) use self::record::check_holder;
pub use self::redlock::{QuorumLock, Redlock};
pub use self::semaphore::Semaphore;
pub use crate::store::LockStatistics;
