use std::collections::BTreeMap;
use std::fmt;

use futures_util::future::join_all;

use super::membership::Membership;
use super::owned::Owned;
use super::seat::Seat;
use crate::backend::Backend;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeyField;
use crate::lock::check_holder;
use crate::primitive::Aggregate;
use crate::store::Operation;
use crate::value::StateValue;
use crate::window::assign::Windowing;
use crate::window::batch::{Batch, Late};
use crate::window::outbox::Delivery;
use crate::window::spread::{Runs, Spread};
use crate::window::windows::Windows;
use crate::window::wrong_input;

/// One of several that share the shards of windows, in as many processes.
///
/// Each reads the whole stream and applies what concerns the shards that it owns; how far a source was taken is stored with the
/// shard, so who takes one over goes on where the one before has committed. It owns shards while it holds their locks, which
/// are renewed by themselves while its runtime lives, and every write requires them.
///
/// ```
/// # use std::num::NonZeroU32;
/// # use std::time::Duration;
/// # use typed_state::{Store, StateValue, Timestamp, backends::Memory};
/// # use typed_state::primitive::Aggregate;
/// # use typed_state::window::{Batch, Membership, Tumbling};
/// # struct Count;
/// # impl Aggregate for Count {
/// #     type Input = ();
/// #     type Accumulator = u64;
/// #     type Output = u64;
/// #     fn empty() -> u64 { 0 }
/// #     fn add(count: &mut u64, (): &()) { *count += 1 }
/// #     fn output(count: &u64) -> u64 { *count }
/// # }
/// # fn read_after(position: Option<u64>) -> typed_state::Result<Batch<String, ()>> {
/// #     let mut batch = Batch::of("clicks");
/// #     batch.input(1, "page".to_owned(), Timestamp::from_millis(0), ())?;
/// #     Ok(batch)
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> typed_state::Result<()> {
/// # let store = Store::new(Memory::new());
/// let minutes = Tumbling::of(Duration::from_mins(1))?;
/// let counts = store.windows::<String, Count, _>("counts", minutes);
/// let counts = counts.shards(NonZeroU32::new(32).unwrap()).open().await?;
///
/// let mut worker = counts.join(Membership::named("host-7")).await?;
/// let from = worker.position("clicks").await?;
/// let applied = worker.apply(read_after(from)?).await?;
/// assert!(applied.late.is_empty() && applied.lost.is_empty());
/// if !worker.rebalance().await?.gained.is_empty() {
///     // The shards that it has gained may be behind: read from `worker.position("clicks")` again.
/// }
/// worker.leave().await?;
/// # Ok(()) }
/// ```
///
/// Dropping it gives everything up in the background, on the runtime on which it joined; where that has ended, others take over
/// when its time to live is over. A process that hangs while its runtime lives keeps its shards.
#[must_use = "its shards are given up when it is dropped"]
pub struct Worker<B: Backend, K, A, W> {
    pub(super) windows: Windows<B, K, A, W>,
    pub(super) membership: Membership,
    pub(super) seat: Seat<B>,
    pub(super) owned: BTreeMap<u32, Owned<B, W>>,
    /// Shards that were lost, and that nobody was told of yet.
    pub(super) lost: Vec<u32>,
    /// How many shards were gained so far.
    pub(super) gains: u64,
    /// How many when the position of a source was last asked for.
    asked: BTreeMap<String, u64>,
}

/// What became of a batch in the shards of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "late inputs are in no window: look at them, or drop them by intent"]
#[non_exhaustive]
pub struct WorkerApplied<K, I> {
    /// The inputs of its shards all of whose windows were over, as [`Applied::late`](crate::window::Applied::late).
    pub late: Vec<Late<K, I>>,
    /// Shards whose locks turned out to be lost: the store refused to change them, and who owns them next does it instead.
    pub lost: Vec<u32>,
}

impl<B, K, A, W> Windows<B, K, A, W>
where
    B: Backend,
    K: KeyField,
    A: Aggregate<Input: Send + Sync, Output: StateValue>,
    W: Windowing<A>,
{
    /// Takes part in sharing the shards, and takes what is free of the fair share of one more worker. The others give up what
    /// they have too many when they [rebalance](Worker::rebalance).
    ///
    /// Cancellation: what it has taken is given up in the background, or expires.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where the name is too long.
    pub fn join(&self, membership: Membership) -> Operation<'_, Worker<B, K, A, W>> {
        Box::pin(async move {
            let joined = self.make_worker(membership).await;
            joined.map_err(|error| error.in_operation("join"))
        })
    }

    async fn make_worker(&self, membership: Membership) -> Result<Worker<B, K, A, W>> {
        check_holder(&membership.name)?;
        let Self { definition, .. } = self;
        let mut worker = Worker {
            seat: Seat::take(&definition.store, &definition.name, &membership).await?,
            windows: self.clone(),
            membership,
            owned: BTreeMap::new(),
            lost: Vec::new(),
            gains: 0,
            asked: BTreeMap::new(),
        };
        let _all_are_new = worker.rebalance().await?;
        Ok(worker)
    }
}

impl<B, K, A, W> Worker<B, K, A, W>
where
    B: Backend,
    K: KeyField,
    A: Aggregate<Input: Send + Sync, Output: StateValue>,
    W: Windowing<A>,
{
    /// The shards that it owns, as far as it knows: only the store does.
    pub fn shards(&self) -> impl Iterator<Item = u32> {
        self.owned.keys().copied()
    }

    /// The windows that it shares with others.
    pub const fn windows(&self) -> &Windows<B, K, A, W> {
        &self.windows
    }

    /// Up to which position a source has been applied in all shards of this worker: it goes on after that. `None` where one
    /// begins from the start, or it owns none.
    ///
    /// It may be before what was applied last: a shard that was gained is as far as its owner before had come. What the
    /// others have taken they pass over.
    ///
    /// Cancellation: nothing is left behind.
    pub fn position<'a>(&'a mut self, source: &'a str) -> Operation<'a, Option<u64>> {
        Box::pin(async move {
            let progress = self.owned.values().map(async |owned| {
                let mut shard = owned.shard.lock().await;
                shard.progress().await
            });
            let mut positions = Vec::new();
            for progress in join_all(progress).await {
                let progress = progress.map_err(|error| error.in_operation("windows"))?;
                positions.push(progress.position(source));
            }
            self.asked.insert(source.to_owned(), self.gains);
            Ok(positions.into_iter().min().flatten())
        })
    }

    /// Applies those elements of a source that concern the shards of this worker, as [`Windows::apply`] does; whoever owns the
    /// others reads the source, too.
    ///
    /// Cancellation: a part of it may be applied; the same batch, or any part of the source that begins with it, may be
    /// applied again.
    ///
    /// # Errors
    /// As [`Windows::apply`]. [`InvalidInput`](crate::ErrorKind::InvalidInput), and nothing is applied, where shards were gained since the
    /// [`position`](Self::position) of the source was asked for: elements between that of such a shard and this batch would be lost.
    pub fn apply(
        &mut self,
        batch: Batch<K, A::Input>,
    ) -> Operation<'_, WorkerApplied<K, A::Input>> {
        Box::pin(async move {
            self.windows.check(&batch)?;
            self.check_position(&batch.source)?;
            let runs = self.spread().apply::<K, A>(&batch).await;
            let late = self.sort_out(runs)?;
            self.spread().told(&batch, &late).await;
            Ok(WorkerApplied {
                late: batch.take(late),
                lost: self.tell_lost(),
            })
        })
    }

    /// As [`Windows::advance`], in the shards of this worker; the shards that turned out to be lost. Shards that nobody owns
    /// now are not advanced: watermarks in the elements reach all.
    ///
    /// Cancellation: a part of the shards may have it.
    ///
    /// # Errors
    /// As [`Windows::advance`].
    pub fn advance(&mut self, watermark: Timestamp) -> Operation<'_, Vec<u32>> {
        self.turn(Some(watermark.as_millis()), false)
    }

    /// As [`Windows::tick`], in the shards of this worker; the shards that turned out to be lost.
    ///
    /// Cancellation: a part of the timers may have fired.
    ///
    /// # Errors
    /// As [`Windows::tick`].
    pub fn tick(&mut self) -> Operation<'_, Vec<u32>> {
        self.turn(None, true)
    }

    /// What came out of the shards of this worker and is not acknowledged, as [`Outbox::read`](crate::window::Outbox::read).
    ///
    /// Cancellation: nothing is left behind.
    pub fn deliveries(&self, limit: usize) -> Operation<'_, Vec<Delivery<K, A::Output>>> {
        Box::pin(async move {
            let shards = self.shards();
            self.windows.outbox().read_shards(shards, limit).await
        })
    }

    /// Gives up its shards and its membership: who rebalances next takes them, without waiting.
    ///
    /// Cancellation: the rest is given up in the background.
    ///
    /// # Errors
    /// Where the store fails; what was not given up is free when its time to live is over.
    pub fn leave(self) -> Operation<'static, ()> {
        let Self { owned, seat, .. } = self;
        Box::pin(async move {
            let guards = owned.into_values().map(|owned| owned.guard.release());
            let mut released = join_all(guards).await;
            released.push(seat.give_up().await);
            let wrong = released.into_iter().filter_map(Result::err);
            // What was lost before need not be given up.
            let mut wrong = wrong.filter(|error| error.kind() != ErrorKind::LockLost);
            wrong
                .next()
                .map_or(Ok(()), |error| Err(error.in_operation("leave")))
        })
    }

    fn turn(&mut self, watermark: Option<i64>, ring: bool) -> Operation<'_, Vec<u32>> {
        Box::pin(async move {
            let runs = self.spread().turn::<K, A>(watermark, ring).await;
            self.sort_out(runs)?;
            Ok(self.tell_lost())
        })
    }

    fn spread(&self) -> Spread<'_, B, W> {
        let shards = self.owned.iter();
        let shards = shards.map(|(number, owned)| (*number, &owned.shard));
        Spread::new(self.windows.definition.shards, shards.collect())
    }

    fn check_position(&self, source: &str) -> Result<()> {
        if self.owned.is_empty() || self.asked.get(source) == Some(&self.gains) {
            return Ok(());
        }
        Err(wrong_input(format!(
            "the worker has gained shards since the position of the source `{source}` was asked for; ask for it and read the \
             source from there; nothing was applied"
        )))
    }

    /// The places of what was late in all shards, in order; those that are lost are dropped.
    fn sort_out(&mut self, runs: Runs) -> Result<Vec<usize>> {
        let mut late = Vec::new();
        let mut wrong: Option<Error> = None;
        for (number, run) in runs {
            match run {
                Ok(places) => late.extend(places),
                Err(error) if error.kind() == ErrorKind::LockLost => {
                    self.owned.remove(&number);
                    self.lost.push(number);
                }
                Err(error) => wrong = wrong.or(Some(error)),
            }
        }
        late.sort_unstable();
        wrong.map_or(Ok(late), Err)
    }

    /// Drops the shards whose locks are known to be lost.
    pub(super) fn forget_lost(&mut self) {
        let lost = self.owned.extract_if(.., |_, owned| !owned.guard.is_held());
        self.lost.extend(lost.map(|(number, _)| number));
    }

    pub(super) fn tell_lost(&mut self) -> Vec<u32> {
        let mut lost = std::mem::take(&mut self.lost);
        lost.sort_unstable();
        lost
    }
}

impl<B: Backend, K, A, W> fmt::Debug for Worker<B, K, A, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("name", &self.membership.name)
            .field("windows", &self.windows.definition.name)
            .field("shards", &self.owned.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
