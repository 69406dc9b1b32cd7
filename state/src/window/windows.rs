use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::Mutex;

use super::assign::Windowing;
use super::batch::{Applied, Batch, Element};
use super::definition::{Definition, Stored, check_name};
use super::numbers::Numbers;
use super::progress::Progress;
use super::rules::{Emit, Rules};
use super::shard::Shard;
use super::spread::{self, Spread};
use crate::backend::Backend;
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::error::Result;
use crate::key::KeyField;
#[cfg(feature = "metrics")]
use crate::layer::register_numbers;
use crate::primitive::Aggregate;
use crate::store::{Operation, Store};
use crate::value::StateValue;

/// Windows over a stream: inputs of keys `K`, aggregated by `A`, put into windows by `W`.
///
/// The state of a window, what has come out of windows, the watermark and how far each source was taken change in
/// the same commits. So a process may die at any moment: the next one asks the source for what comes after
/// [`position`](Self::position), or for more, and the windows and what comes out of them are those of a run in which nothing
/// happened.
///
/// Several handles, in several processes, may apply the same stream: each element counts once, whoever comes first. They
/// hinder each other, so many processes do better to share the shards: see [`join`](Self::join).
pub struct Windows<B, K, A, W> {
    pub(super) definition: Arc<Definition<B, W>>,
    shards: Arc<[Mutex<Shard<B, W>>]>,
    kind: PhantomData<fn() -> (K, A)>,
}

/// How windows are opened.
#[derive(Debug)]
#[must_use = "nothing is opened before `open`"]
pub struct WindowsBuilder<B, K, A, W> {
    store: Store<B>,
    name: String,
    windowing: W,
    shards: Option<NonZeroU32>,
    emit: Emit,
    clock: Arc<dyn Clock>,
    kind: PhantomData<fn() -> (K, A)>,
}

/// Numbers of windows since they were made, over all shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowTotals {
    /// Inputs that were applied, late ones among them.
    pub events: u64,
    /// Inputs all of whose windows were over.
    pub late: u64,
    /// Windows that told their result when they closed.
    pub closed: u64,
    /// Windows that are kept, unless they are [`Global`](super::Global); of sliding ones the moments at which there were inputs.
    pub kept: u64,
    /// What came out of windows and timers, acknowledged or not.
    pub emissions: u64,
    /// Up to where the watermark has come in all shards; `None` where one has none yet.
    pub watermark: Option<Timestamp>,
}

impl<B: Backend> Store<B> {
    /// Windows of this name, which is that of a key type: lower case letters, digits, `_`, `.`, `-`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use typed_state::{Store, Timestamp, backends::Memory};
    /// # use typed_state::primitive::Aggregate;
    /// # use typed_state::window::{Batch, Emission, Tumbling};
    /// /// Adds up.
    /// struct Sum;
    ///
    /// impl Aggregate for Sum {
    ///     type Input = i64;
    ///     type Accumulator = i64;
    ///     type Output = i64;
    ///     fn empty() -> i64 { 0 }
    ///     fn add(sum: &mut i64, input: &i64) { *sum += input }
    ///     fn output(sum: &i64) -> i64 { *sum }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> typed_state::Result<()> {
    /// # let store = Store::new(Memory::new());
    /// let minutes = Tumbling::of(Duration::from_mins(1))?;
    /// let sums = store.windows::<String, Sum, _>("sums", minutes).open().await?;
    ///
    /// let mut batch = Batch::of("orders");
    /// batch.input(1, "shop".to_owned(), Timestamp::from_millis(5_000), 7)?;
    /// batch.input(2, "shop".to_owned(), Timestamp::from_millis(61_000), 1)?;
    /// batch.watermark(2, Timestamp::from_millis(60_000))?;
    /// let applied = sums.apply(batch).await?;
    /// assert!(applied.late.is_empty());
    ///
    /// let out = sums.outbox().read(100).await?;
    /// assert!(matches!(&out[0].emission, Emission::Result { output: 7, .. }));
    /// sums.outbox().acknowledge(&out).await?;
    /// # Ok(()) }
    /// ```
    pub fn windows<K, A, W>(
        &self,
        name: impl Into<String>,
        windowing: W,
    ) -> WindowsBuilder<B, K, A, W>
    where
        K: KeyField,
        A: Aggregate<Output: StateValue>,
        W: Windowing<A>,
    {
        WindowsBuilder {
            store: self.clone(),
            name: name.into(),
            windowing,
            shards: None,
            emit: Emit::on_close(),
            clock: Arc::new(SystemClock),
            kind: PhantomData,
        }
    }
}

impl<B, K, A, W> WindowsBuilder<B, K, A, W>
where
    B: Backend,
    K: KeyField,
    A: Aggregate<Output: StateValue>,
    W: Windowing<A>,
{
    /// Into how many partitions the keys are divided, for ever: each is changed by one commit at a time, and has one owner at
    /// the most. Default: as many as there are, and 1 where the windows are new.
    pub const fn shards(mut self, shards: NonZeroU32) -> Self {
        self.shards = Some(shards);
        self
    }

    /// When windows tell results, and how long they take what comes late. Default: when they close, and no longer.
    pub const fn emit(mut self, emit: Emit) -> Self {
        self.emit = emit;
        self
    }

    /// What tells the time on the wall, which early results and timers in processing time follow. Default: the clock of this machine.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Opens them, and makes them where they are new.
    ///
    /// Cancellation: they are made or not.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where the rules make no sense, or windows of this name were made in another way.
    pub fn open(self) -> Operation<'static, Windows<B, K, A, W>> {
        Box::pin(async move {
            let open = self.make().await;
            open.map_err(|error| error.in_operation("windows"))
        })
    }

    async fn make(self) -> Result<Windows<B, K, A, W>> {
        check_name(&self.name)?;
        let rules = Rules::of(&self.emit)?;
        self.windowing.check(&rules)?;
        let accumulator = <A::Accumulator as StateValue>::NAME;
        let stored = Stored::open(
            &self.store,
            &self.name,
            self.shards,
            &self.windowing,
            accumulator,
        );
        let shards = stored.await?.shards;
        let definition = Arc::new(Definition {
            shards,
            store: self.store,
            name: self.name,
            windowing: self.windowing,
            rules,
            clock: self.clock,
            numbers: Numbers::of(shards.get()),
        });
        let shards = 0..definition.shards.get();
        let shards =
            shards.map(|number| Mutex::new(Shard::new(Arc::clone(&definition), number, None)));
        Ok(Windows {
            shards: shards.collect(),
            definition,
            kind: PhantomData,
        })
    }
}

impl<B, K, A, W> Windows<B, K, A, W>
where
    B: Backend,
    K: KeyField,
    A: Aggregate<Input: Send + Sync, Output: StateValue>,
    W: Windowing<A>,
{
    /// Applies elements of a source, in a read and a commit for each thousand of each shard: what was applied before is passed over.
    ///
    /// Cancellation: a part of it may be applied; the same batch, or any part of the source that begins with it, may be
    /// applied again.
    ///
    /// # Errors
    /// After an error a part may be applied, as after a cancellation. [`TooLarge`](crate::ErrorKind::TooLarge) where a key or what is in a window is;
    /// [`Conflict`](crate::ErrorKind::Conflict) where others change the same shard again and again.
    pub fn apply(&self, batch: Batch<K, A::Input>) -> Operation<'_, Applied<K, A::Input>> {
        Box::pin(async move {
            self.check(&batch)?;
            let runs = self.spread().apply::<K, A>(&batch).await;
            let late = spread::late(runs)?;
            self.spread().told(&batch, &late).await;
            Ok(Applied {
                late: batch.take(late),
            })
        })
    }

    /// Moves the watermark where no source has one in its elements; one that is not later changes nothing. Windows that close tell their
    /// results.
    ///
    /// Cancellation: a part of the shards may have it.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn advance(&self, watermark: Timestamp) -> Operation<'_, ()> {
        self.turn(Some(watermark.as_millis()), false)
    }

    /// Fires timers in processing time that are due, early results among them. Call it as often as their times are to be exact.
    ///
    /// Cancellation: a part of them may have fired.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn tick(&self) -> Operation<'_, ()> {
        self.turn(None, true)
    }

    fn turn(&self, watermark: Option<i64>, ring: bool) -> Operation<'_, ()> {
        Box::pin(async move {
            let runs = self.spread().turn::<K, A>(watermark, ring).await;
            spread::late(runs).map(drop)
        })
    }

    fn spread(&self) -> Spread<'_, B, W> {
        let shards = (0..).zip(self.shards.iter());
        Spread::new(self.definition.shards, shards.collect())
    }

    /// Has a registry show `state_window_late_total`, `state_window_open` and `state_window_watermark_lag_seconds`, with the name of
    /// the windows as their label `windows`: of the shards that this process changes. `name` is the label `store`, as in
    /// [`Store::register_metrics`].
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where the registry shows them already.
    #[cfg(feature = "metrics")]
    pub fn register_metrics(&self, registry: &prometheus::Registry, name: &str) -> Result<()> {
        let definition = Arc::clone(&self.definition);
        let backend = definition.store.capabilities().backend;
        register_numbers(registry, name, backend, move || {
            let now = definition.clock.now().as_millis();
            definition.numbers.told(&definition.name, now)
        })
    }

    /// Refuses keys that leave no room before anything is applied.
    pub(super) fn check(&self, batch: &Batch<K, A::Input>) -> Result<()> {
        let names = super::names::Names::of(&self.definition.name, 0);
        let mut keys = batch.elements.iter().filter_map(Element::user_key);
        keys.try_for_each(|key| names.check(key))
    }

    /// The shard that a key lies in.
    pub(super) fn shard_of(&self, user_key: &[u8]) -> usize {
        let shard = spread::shard_of(user_key, self.definition.shards);
        usize::try_from(shard).unwrap_or(0)
    }

    /// Up to which position a source has been applied in all shards: it may go on after that. `None` where it begins from the start.
    ///
    /// Cancellation: nothing is left behind.
    pub fn position<'a>(&'a self, source: &'a str) -> Operation<'a, Option<u64>> {
        Box::pin(async move {
            let all = self.progress().await?;
            let taken = all.iter().map(|progress| progress.position(source));
            Ok(taken.min().flatten())
        })
    }

    /// Numbers of all shards.
    ///
    /// Cancellation: nothing is left behind.
    pub fn totals(&self) -> Operation<'_, WindowTotals> {
        Box::pin(async move {
            let all = self.progress().await?;
            let sum = |number: fn(&Progress) -> u64| all.iter().map(number).sum();
            let watermark = all.iter().map(|progress| progress.watermark).min();
            Ok(WindowTotals {
                events: sum(|progress| progress.events),
                late: sum(|progress| progress.late),
                closed: sum(|progress| progress.closed),
                kept: sum(|progress| progress.kept),
                emissions: sum(|progress| progress.next),
                watermark: watermark
                    .filter(|watermark| *watermark != i64::MIN)
                    .map(Timestamp::from_millis),
            })
        })
    }

    async fn progress(&self) -> Result<Vec<Progress>> {
        let all = self
            .shards
            .iter()
            .map(async |shard| shard.lock().await.progress().await);
        let all = join_all(all).await.into_iter().collect::<Result<_>>();
        all.map_err(|error| error.in_operation("windows"))
    }
}

impl<B, K, A, W> Clone for Windows<B, K, A, W> {
    fn clone(&self) -> Self {
        Self {
            definition: Arc::clone(&self.definition),
            shards: Arc::clone(&self.shards),
            kind: PhantomData,
        }
    }
}

impl<B: fmt::Debug, K, A, W: fmt::Debug> fmt::Debug for Windows<B, K, A, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Windows")
            .field("name", &self.definition.name)
            .field("shards", &self.definition.shards)
            .field("windowing", &self.definition.windowing)
            .finish_non_exhaustive()
    }
}
