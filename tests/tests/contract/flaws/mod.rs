//! Backends with one flaw each, wrapped around memory.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a part of tests, which fail by panicking"
)]

mod backend;
mod commit_many;
mod commits;
mod notices;
mod reads;

use std::sync::Arc;
use std::time::Duration;

use typed_state::ManualClock;
use typed_state::backend::{Backend as _, Context, Expiry, Write, WriteBatch};
use typed_state::backends::Memory;
use typed_state::testing::{Fixture, Harness, TestResult, Time};

pub(crate) use self::backend::Flawed;

macro_rules! flaws {
    ($($flaw:ident)*) => {
        /// What is wrong with a backend.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Flaw {
            /// Nothing.
            None,
            $($flaw,)*
        }

        impl Flaw {
            /// All but none.
            pub(crate) const ALL: &[Self] = &[$(Self::$flaw),*];
        }
    };
}

flaws! {
    TellsNoTouch TellsHalfABatch TellsTooEarly
    DropsTtl PutKeepsTtl TtlInASecondStep TouchIsAWrite TouchCreates LongTtlOverflows AddExtendsTtl
    GetShowsExpired RangeShowsExpired ScanShowsExpired SnapshotShowsExpired ConditionsSeeExpired
    DeletesCountExpired SweepsByStaleIndex SweepsNothing
    IgnoresRevisions IgnoresAbsent IgnoresPresent RevisionOfValue RevisionForgetsDelete RevisionOf53Bits
    CheckThenAct AppliesInSpiteOfConflict AppliesOneByOne NamesTheFirst NamesOneOnly NamesNoRevision
    ReversesMutations AlwaysDeleted HidesTransactional
    ManyAnswerBackwards ManyStopAtAFailure ManyCheckFirst ManyLoseTheLast ManyAnswerNobody ManyIgnoreDeadline
    ManySeeExpired
    CountsInDoubles WrapsCounters CountsOnAnything AddsInTwoSteps
    EmptyIsAbsent CutsLongValues LossyUtf8 IgnoresCase AnswersDuplicatesOnce AnswersSorted
    FirstDuplicateWins CountsDeletesAsked OpenPrefix ScansByPrefix PrefixIsPattern
    SkipsBetweenPages RepeatsBetweenPages PagesByOffset IgnoresLimit IgnoresProjection IgnoresReverse
    IncludesEnd OrdersByLength HidesTotalOrder ScanRepeats ScanStopsEarly ScanForgetsPartition
    ForgetsMetadata SnapshotIsLive SnapshotOfTwoMoments SnapshotIgnoresNamespace SnapshotAges SkipsOddValues
    IgnoresDeadline WritesPastDeadline ForgetsWhenClosed ForgetsExpiryWhenClosed
}

/// Makes stores with a flaw.
#[derive(Debug)]
pub(crate) struct FlawedHarness(pub(crate) Flaw);

/// A store with a flaw.
#[derive(Debug)]
pub(crate) struct FlawedFixture {
    flaw: Flaw,
    clock: Arc<ManualClock>,
    backend: Arc<Flawed>,
}

impl FlawedFixture {
    fn new(flaw: Flaw, clock: Arc<ManualClock>) -> Self {
        let memory = || {
            Memory::builder()
                .clock(Arc::clone(&clock))
                .sweep_every(None)
                .build()
        };
        let backend = Flawed::new(flaw, memory(), memory(), Arc::clone(&clock));
        Self {
            flaw,
            clock,
            backend: Arc::new(backend),
        }
    }
}

impl Harness for FlawedHarness {
    type Backend = Flawed;
    type Fixture = FlawedFixture;

    async fn fresh(&self) -> TestResult<FlawedFixture> {
        Ok(FlawedFixture::new(self.0, Arc::new(ManualClock::default())))
    }
}

impl Fixture for FlawedFixture {
    type Backend = Flawed;

    fn backend(&self) -> &Arc<Flawed> {
        &self.backend
    }

    async fn connect(&self) -> TestResult<Arc<Flawed>> {
        Ok(Arc::clone(&self.backend))
    }

    fn time(&self) -> Time {
        Time::Manual
    }

    async fn elapse(&self, by: Duration) -> TestResult {
        self.clock.advance(by);
        Ok(())
    }

    async fn sweep(&self) -> TestResult<u64> {
        Ok(self.backend.sweep().await?)
    }

    /// Memory stays in memory, so that it is only forgotten where that is the flaw.
    async fn restart(&mut self) -> TestResult<bool> {
        let forgets = [Flaw::ForgetsWhenClosed, Flaw::ForgetsExpiryWhenClosed].contains(&self.flaw);
        if !forgets {
            return Ok(true);
        }
        let reopened = Self::new(self.flaw, Arc::clone(&self.clock));
        if self.flaw == Flaw::ForgetsExpiryWhenClosed {
            for item in reads::everything(&self.backend.inner).await? {
                let batch = WriteBatch {
                    revision: item.entry.revision,
                    writes: vec![Write::Put {
                        key: item.key,
                        value: item.entry.value,
                        expiry: Expiry::Never,
                    }],
                };
                reopened.backend.write(&Context::new(), batch).await?;
            }
        }
        *self = reopened;
        Ok(true)
    }
}
