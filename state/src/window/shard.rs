use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use super::assign::{Assigner, Keeps};
use super::batch::Element;
use super::chunk::{Chunk, Step};
use super::definition::Definition;
use super::names::{Names, Wheel};
use super::progress::{Progress, Taken};
use super::timers::{Timers, What};
use super::untold::Untold;
use crate::backend::{
    Backend, Commit, Condition, Context, Expiry, Key, Mutation, Outcome, Revision, Scope,
};
use crate::error::{Error, ErrorKind, Result};
use crate::primitive::Aggregate;
use crate::value::StateValue;

/// Elements that are looked at for one commit, and timers that are read for it.
const STRIDE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);

/// How often a shard that somebody else changes at the same time is read again.
const ATTEMPTS: u32 = 20;

/// How often a shard that is held is looked at.
const HELD_POLL: Duration = Duration::from_millis(5);

/// One shard, changed by commits that require its progress to be what it was: of several who change it at the same time one
/// succeeds, and the others find its work done.
#[derive(Debug)]
pub(super) struct Shard<B, W> {
    pub(super) definition: Arc<Definition<B, W>>,
    number: u32,
    pub(super) names: Names,
    /// What stands in the store, as far as is known.
    known: Option<Known>,
    /// What must hold beside: that a lock is held.
    fence: Option<Condition>,
    untold: Untold,
}

#[derive(Debug, Clone)]
struct Known {
    progress: Progress,
    /// `None` where there is no entry.
    revision: Option<Revision>,
    /// Whether somebody reads it and asks that it be left alone.
    held: bool,
}

/// What a shard is asked to do.
#[derive(Debug)]
pub(super) struct Work<'a, K, I> {
    pub(super) source: &'a str,
    pub(super) elements: &'a [Element<K, I>],
    /// Which of them concern the shard.
    pub(super) places: Vec<usize>,
    /// The watermark after them, beside those among them.
    pub(super) watermark: Option<i64>,
    /// Whether timers in processing time are looked at.
    pub(super) ring: bool,
}

/// The next commit.
struct Next {
    changes: Vec<Mutation>,
    progress: Progress,
    /// The places of elements that are late.
    late: Vec<usize>,
    /// Whether it is the last one.
    step: Step,
}

impl<B: Backend, W: Assigner> Shard<B, W> {
    pub(super) fn new(
        definition: Arc<Definition<B, W>>,
        number: u32,
        fence: Option<Condition>,
    ) -> Self {
        Self {
            number,
            names: Names::of(&definition.name, number),
            definition,
            known: None,
            fence,
            untold: Untold::default(),
        }
    }

    /// How far it has come.
    pub(super) async fn progress(&mut self) -> Result<Progress> {
        self.known = None;
        let cx = self.context();
        self.known(&cx).await.map(|known| known.progress)
    }

    fn context(&self) -> Context {
        self.definition.store.context("windows")
    }

    async fn known(&mut self, cx: &Context) -> Result<Known> {
        if let Some(known) = &self.known {
            return Ok(known.clone());
        }
        let key = self.names.progress()?;
        let keys = [key.clone(), self.names.hold()?];
        let mut entries = self.backend().get(cx, &keys).await?.into_iter();
        let progress = entries.next().flatten();
        let held = entries.next().flatten().is_some();
        let known = match progress {
            None => Known {
                progress: Progress::default(),
                revision: None,
                held,
            },
            Some(entry) => Known {
                progress: Progress::decode(&entry.value).map_err(|error| error.at_key(&key))?,
                revision: Some(entry.revision),
                held,
            },
        };
        self.known = Some(known.clone());
        Ok(known)
    }

    /// The same, once nobody holds the shard; and whether it had to wait.
    async fn known_and_free(&mut self) -> Result<(Known, bool)> {
        let cx = self.context();
        let mut waited = false;
        loop {
            let known = self.known(&cx).await?;
            if !known.held {
                return Ok((known, waited));
            }
            (self.known, waited) = (None, true);
            cx.check()?;
            tokio::time::sleep(HELD_POLL).await;
        }
    }

    fn backend(&self) -> &B {
        self.definition.store.backend()
    }

    /// The earliest timers, where some may be due.
    async fn timers(
        &self,
        cx: &Context,
        wheel: Wheel,
        earliest: Option<i64>,
        horizon: i64,
    ) -> Result<Timers> {
        if earliest.is_none_or(|earliest| earliest > horizon) {
            return Ok(Timers::default());
        }
        let page = self
            .backend()
            .range(cx, self.names.timers(wheel, STRIDE))
            .await?;
        let timers = page.items.iter();
        let timers = timers.map(|item| self.names.read_timer(wheel, item.key.as_bytes()));
        let timers: Vec<(i64, What)> = timers.collect::<Result<_>>()?;
        Ok(Timers::read(timers, page.next.is_some()))
    }

    /// Commits what has changed; `false` where somebody else came before.
    async fn commit(
        &mut self,
        cx: &Context,
        before: Known,
        changes: Vec<Mutation>,
        progress: Progress,
    ) -> Result<bool> {
        let key = self.names.progress()?;
        let mut commit = Commit::new(self.definition.store.new_revision(), Scope::Partition);
        commit.require(match before.revision {
            Some(revision) => Condition::Revision(key.clone(), revision),
            None => Condition::Absent(key.clone()),
        })?;
        if let Some(fence) = &self.fence {
            commit.require(fence.clone())?;
        }
        commit.apply(Mutation::Put {
            value: progress.encode(),
            expiry: Expiry::Never,
            key: key.clone(),
        })?;
        for change in changes {
            commit.apply(change)?;
        }
        let revision = commit.revision();
        self.known = None;
        let outcome = self.backend().commit(cx, commit).await;
        let after = Known {
            progress,
            revision: Some(revision),
            held: false,
        };
        match outcome {
            Ok(Outcome::Applied(_)) => {
                self.known = Some(after);
                Ok(true)
            }
            Ok(Outcome::Conflict(conflict)) => {
                let is_fence =
                    |key: &Key| self.fence.as_ref().is_some_and(|fence| fence.key() == key);
                match conflict.failed.iter().find(|failed| is_fence(&failed.key)) {
                    Some(failed) => Err(Error::lock_lost().at_key(&failed.key)),
                    None => Ok(false),
                }
            }
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
                self.settle(&key, after, error).await
            }
            Err(error) => Err(error),
        }
    }

    /// Has metrics show how far it has come.
    fn note(&self, late: usize) {
        if let Some(Known { progress, .. }) = &self.known {
            let numbers = &self.definition.numbers;
            numbers.note(self.number, late as u64, progress.kept, progress.watermark);
        }
    }

    /// Looks whether a commit whose answer was lost has been applied.
    async fn settle(&mut self, key: &Key, after: Known, error: Error) -> Result<bool> {
        let cx = self.context();
        let Ok(entries) = self.backend().get(&cx, std::slice::from_ref(key)).await else {
            return Err(error);
        };
        let entry = entries.into_iter().next().flatten();
        if entry.is_some_and(|entry| Some(entry.revision) == after.revision) {
            self.known = Some(after);
            return Ok(true);
        }
        Err(error)
    }
}

impl<B: Backend, W: Assigner> Shard<B, W> {
    /// Does what it is asked to, wholly or, after an error, as far as it came: asked again it goes on from there. Gives the places of the
    /// elements that were late, also those of earlier attempts, until it hears that they were [told](Self::told).
    pub(super) async fn run<K, A>(&mut self, work: &Work<'_, K, A::Input>) -> Result<Vec<usize>>
    where
        K: Sync,
        W: Keeps<A>,
        A: Aggregate<Input: Sync, Output: StateValue>,
    {
        let run = self.run_to_end::<K, A>(work).await;
        run.map_err(|error| error.in_operation("windows"))
    }

    async fn run_to_end<K, A>(&mut self, work: &Work<'_, K, A::Input>) -> Result<Vec<usize>>
    where
        K: Sync,
        W: Keeps<A>,
        A: Aggregate<Input: Sync, Output: StateValue>,
    {
        let mut attempts = 0;
        loop {
            let (before, waited) = self.known_and_free().await?;
            if waited {
                attempts = 0;
            }
            let cx = self.context();
            let chunk = self.chunk::<K, A>(&cx, work, &before.progress).await;
            if chunk.is_err() {
                // What it was worked out from may be old.
                self.known = None;
            }
            let next = chunk?;
            if next.progress == before.progress && next.changes.is_empty() {
                if next.step == Step::Done {
                    return Ok(self.untold.among(work));
                }
                let stuck = "the timers of the windows do not come to an end";
                return Err(Error::new(ErrorKind::Backend, stuck));
            }
            if self
                .commit(&cx, before, next.changes, next.progress)
                .await?
            {
                self.note(next.late.len());
                self.untold.note(work, &next.late);
                attempts = 0;
                if next.step == Step::Done {
                    return Ok(self.untold.among(work));
                }
            } else {
                attempts += 1;
                if attempts == ATTEMPTS {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        "others change the same windows at the same time, again and again; let each shard have one owner",
                    ));
                }
            }
        }
    }

    /// Somebody has been told that these were late.
    pub(super) fn told<K, I>(&mut self, work: &Work<'_, K, I>, late: &[usize]) {
        self.untold.told(work, late);
    }

    /// Works out the next commit.
    async fn chunk<K, A>(
        &self,
        cx: &Context,
        work: &Work<'_, K, A::Input>,
        before: &Progress,
    ) -> Result<Next>
    where
        K: Sync,
        W: Keeps<A>,
        A: Aggregate<Input: Sync, Output: StateValue>,
    {
        let definition = &*self.definition;
        let now = definition.clock.now().as_millis();
        let taken = before.positions.get(work.source).copied();
        let rest = work.places.partition_point(|place| {
            let element = work.elements.get(*place);
            element.is_some_and(|element| is_taken(taken, element))
        });
        let rest = work.places.get(rest..).unwrap_or_default();
        let places = rest.get(..STRIDE.get()).unwrap_or(rest);
        let elements = || places.iter().filter_map(|place| work.elements.get(*place));
        let is_last = places.len() == rest.len();
        let watermarks = elements().filter_map(Element::watermark);
        let watermarks = watermarks.chain(work.watermark.filter(|_| is_last));
        let horizon = watermarks.fold(before.watermark, i64::max);
        let ring = if work.ring && is_last { now } else { i64::MIN };

        let mut chunk = Chunk::<W, A, _>::new(
            &definition.windowing,
            &definition.rules,
            &definition.store,
            now,
            before.clone(),
        );
        chunk.timers = self.timers(cx, Wheel::Event, before.timer, horizon).await?;
        chunk.alarms = self
            .timers(cx, Wheel::Processing, before.alarm, ring)
            .await?;
        let ids = chunk.concerned(elements(), horizon, ring);
        let keys = ids.iter().map(|id| self.names.pane(id));
        let keys: Vec<Key> = keys.collect::<Result<_>>()?;
        if !keys.is_empty() {
            let entries = self.backend().get(cx, &keys).await?;
            for ((id, key), entry) in ids.into_iter().zip(&keys).zip(entries) {
                let known = chunk.know(id, entry.as_ref().map(|entry| &entry.value));
                known.map_err(|error| error.at_key(key))?;
            }
        }

        let mut late = Vec::new();
        let mut step = chunk.drain()?;
        for place in places {
            let Some(element) = work.elements.get(*place).filter(|_| step == Step::Done) else {
                break;
            };
            if chunk.is_full() {
                step = Step::Full;
                break;
            }
            if chunk.take(work.source, element)? {
                late.push(*place);
            }
            step = chunk.drain()?;
        }
        if step == Step::Done && is_last {
            if let Some(last) = work.elements.last() {
                let whole = Taken {
                    position: last.position,
                    elements: u64::MAX,
                };
                if taken.is_none_or(|taken| taken < whole) {
                    chunk.took(work.source, whole);
                }
            }
            if let Some(watermark) = work.watermark {
                chunk.advance(watermark);
                step = chunk.drain()?;
            }
            if work.ring && step == Step::Done {
                step = chunk.ring()?;
            }
        } else {
            step = Step::Full;
        }
        let (changes, progress) = chunk.finish(&self.names)?;
        Ok(Next {
            changes,
            progress,
            late,
            step,
        })
    }
}

impl<B, W> Drop for Shard<B, W> {
    fn drop(&mut self) {
        self.definition.numbers.forget(self.number);
    }
}

/// Whether an element was part of a commit before.
fn is_taken<K, I>(taken: Option<Taken>, element: &Element<K, I>) -> bool {
    taken.is_some_and(|taken| {
        let own = Taken {
            position: element.position,
            elements: element.ordinal + 1,
        };
        own <= taken
    })
}
