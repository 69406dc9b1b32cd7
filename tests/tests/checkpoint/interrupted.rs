//! Whatever fails, at whatever call: there is the newest whole checkpoint, and a restore that was begun can be finished.

use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use typed_state::backend::{
    Backend, Commit, Context, Entry, Item, Key, Outcome, Snapshot, SnapshotReader, WriteBatch,
    Written,
};
use typed_state::backends::Memory;
use typed_state::checkpoint::Checkpoints;
use typed_state::{ErrorKind, Expiry, ManualClock, Result, Store};
use typed_state_tests::forward;

use super::kit::{assert_same, dump, fill, key, put};
use super::shelf::{FAILURES, Failure, Shelf, Trip, Tripping, patiently};

/// Memory that fails.
#[derive(Debug)]
struct Failing(Memory, Arc<Trip>);

impl Failing {
    fn after(memory: &Memory, good: usize, failure: Failure) -> Store<Self> {
        let trip = Arc::new(Trip::after(good, failure));
        Store::new(Self(memory.clone(), trip))
    }
}

/// Gives few entries at once, and fails.
struct FailingReader(Snapshot, Arc<Trip>);

impl SnapshotReader for FailingReader {
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        let few = limit.min(NonZeroUsize::new(9).unwrap());
        Box::pin(async move { self.1.call(self.0.next(few)).await })
    }
}

impl Backend for Failing {
    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.1.call(self.0.get(cx, keys)).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        self.1.call(self.0.commit(cx, commit)).await
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        self.1.call(self.0.write(cx, batch)).await
    }

    async fn snapshot(&self, cx: &Context, namespace: Option<String>) -> Result<Snapshot> {
        let snapshot = self.1.call(self.0.snapshot(cx, namespace)).await?;
        let (taken_at, consistency) = (snapshot.taken_at(), snapshot.consistency());
        let reader = FailingReader(snapshot, Arc::clone(&self.1));
        Ok(Snapshot::new(taken_at, consistency, reader))
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        typed_state_tests::one_by_one(self, cx, commits).await
    }

    forward!(0: capabilities range scan health);
}

fn on(shelf: &Arc<Shelf>) -> Checkpoints<Arc<Shelf>> {
    Checkpoints::new(Arc::clone(shelf)).chunk_size(512)
}

fn tripping(shelf: &Arc<Shelf>, good: usize, failure: Failure) -> Checkpoints<Tripping<Shelf>> {
    let target = Tripping {
        target: Arc::clone(shelf),
        trip: Trip::after(good, failure),
    };
    Checkpoints::new(target).chunk_size(512)
}

/// Memory whose clock is moved when somebody has died, to when that is sure.
fn memory(clock: &Arc<ManualClock>) -> Memory {
    let builder = Memory::builder().clock(Arc::clone(clock));
    builder.sweep_every(None).build()
}

const DEAD: Duration = Duration::from_secs(16);

/// Two stores, and a target with a checkpoint of the first.
async fn prepared() -> (Store<Memory>, Store<Memory>, Arc<Shelf>) {
    prepared_at(&Arc::new(ManualClock::default())).await
}

async fn prepared_at(clock: &Arc<ManualClock>) -> (Store<Memory>, Store<Memory>, Arc<Shelf>) {
    let old = Store::new(memory(clock));
    fill(old.backend(), 10, "").await;
    let new = Store::new(memory(clock));
    fill(new.backend(), 12, "new").await;
    let shelf = Arc::new(Shelf::default());
    on(&shelf).create(&old).await.unwrap();
    (old, new, shelf)
}

/// What a store gets that is restored from the newest checkpoint.
async fn assert_newest_is(shelf: &Arc<Shelf>, expected: &Store<Memory>) {
    let newest = &on(shelf).list().await.unwrap()[0].id;
    let other = Store::new(Memory::new());
    let checkpoints = on(shelf);
    let restore = checkpoints.restore(&other, newest).shift_ttls();
    restore.await.unwrap();
    assert_same(
        &dump(other.backend()).await,
        &dump(expected.backend()).await,
    );
}

#[tokio::test]
async fn a_checkpoint_that_is_interrupted_hurts_no_other() {
    for failure in FAILURES {
        for good in 0.. {
            let (old, new, shelf) = prepared().await;
            let faulty = tripping(&shelf, good, failure);
            let created = patiently(faulty.create(&new)).await;
            let whole = matches!(created, Some(Ok(_)));
            let listed = on(&shelf).list().await.unwrap();
            for listed in &listed {
                on(&shelf).verify(&listed.id).await.unwrap();
            }
            // One more where the manifest had been written, whatever came after it.
            assert!(listed.len() == 2 || !whole && listed.len() == 1);
            let expected = if listed.len() == 2 { &new } else { &old };
            assert_newest_is(&shelf, expected).await;
            // Who died there is in nobody's way.
            let next = on(&shelf).create(&new).await.unwrap();
            on(&shelf).retain(1).await.unwrap();
            on(&shelf).verify(&next.id).await.unwrap();
            if !faulty.target().trip.is_down() {
                assert!(whole && good > 7, "{good} calls");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_checkpoint_whose_store_fails_is_none_and_hurts_no_other() {
    for failure in FAILURES {
        for good in 0.. {
            let (old, new, shelf) = prepared().await;
            let failing = Failing::after(new.backend(), good, failure);
            let created = patiently(on(&shelf).create(&failing)).await;
            let whole = matches!(created, Some(Ok(_)));
            assert_eq!(whole, !failing.backend().1.is_down(), "{good} calls");
            let listed = on(&shelf).list().await.unwrap();
            assert_eq!(listed.len(), 1 + usize::from(whole), "{good} calls");
            let expected = if whole { &new } else { &old };
            assert_newest_is(&shelf, expected).await;
            let next = on(&shelf).create(&new).await.unwrap();
            on(&shelf).verify(&next.id).await.unwrap();
            if whole {
                // Seven pages are read, and one that is empty.
                assert!(good > 9, "{good} calls");
                break;
            }
        }
    }
}

#[tokio::test]
async fn deleting_that_is_interrupted_hurts_no_checkpoint_that_is_left() {
    for failure in FAILURES {
        for good in 0.. {
            let (_, new, shelf) = prepared().await;
            let kept = on(&shelf).create(&new).await.unwrap();
            let faulty = tripping(&shelf, good, failure);
            let swept = patiently(faulty.retain(1)).await;
            for listed in on(&shelf).list().await.unwrap() {
                on(&shelf).verify(&listed.id).await.unwrap();
            }
            let again = on(&shelf).retain(1).await.unwrap();
            assert!(!again.postponed);
            on(&shelf).verify(&kept.id).await.unwrap();
            assert_eq!(shelf.names("chunks").len(), kept.chunks.len());
            if !faulty.target().trip.is_down() {
                assert!(matches!(swept, Some(Ok(_))) && good > 7, "{good} calls");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_restore_whose_target_fails_is_finished_by_calling_it_again() {
    for failure in FAILURES {
        for good in 0.. {
            let clock = Arc::new(ManualClock::default());
            let (old, new, shelf) = prepared_at(&clock).await;
            let before = dump(new.backend()).await;
            let id = on(&shelf).list().await.unwrap().remove(0).id;
            let faulty = tripping(&shelf, good, failure);
            let done = patiently(faulty.restore(&new, &id).replace()).await;
            if on(&shelf).unfinished(&new).await.unwrap().is_some() {
                let refused = on(&shelf).create(&new).await.unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::Conflict);
            } else if !matches!(done, Some(Ok(_))) {
                assert_same(&dump(new.backend()).await, &before);
            }
            clock.advance(DEAD);
            on(&shelf).restore(&new, &id).replace().await.unwrap();
            assert_same(&dump(new.backend()).await, &dump(old.backend()).await);
            if !faulty.target().trip.is_down() {
                assert!(good > 7, "{good} calls");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_restore_whose_store_fails_is_finished_by_calling_it_again() {
    for (replaces, failure) in [false, true]
        .into_iter()
        .flat_map(|replaces| FAILURES.map(|failure| (replaces, failure)))
    {
        for good in 0.. {
            let clock = Arc::new(ManualClock::default());
            let (old, _, shelf) = prepared_at(&clock).await;
            let memory = memory(&clock);
            if replaces {
                fill(&memory, 12, "new").await;
            }
            let before = dump(&memory).await;
            let after = dump(old.backend()).await;
            let id = on(&shelf).list().await.unwrap().remove(0).id;
            let failing = Failing::after(&memory, good, failure);
            let checkpoints = on(&shelf);
            let restore = checkpoints.restore(&failing, &id);
            let restore = if replaces { restore.replace() } else { restore };
            let done = patiently(restore).await;

            let store = Store::new(memory.clone());
            let now = dump(&memory).await;
            clock.advance(DEAD);
            match on(&shelf).unfinished(&store).await.unwrap() {
                Some(unfinished) => {
                    assert_eq!((&unfinished.id, unfinished.replaces), (&id, replaces));
                    // It goes on as it was begun, unasked.
                    let done = on(&shelf).restore(&store, &id).await.unwrap();
                    assert!(done.resumed);
                }
                None if now == before => {
                    on(&shelf).restore(&store, &id).replace().await.unwrap();
                }
                None => {}
            }
            assert_same(&dump(&memory).await, &after);
            assert_eq!(on(&shelf).unfinished(&store).await.unwrap(), None);
            if !failing.backend().1.is_down() {
                assert!(matches!(done, Some(Ok(_))) && good > 5, "{good} calls");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_restore_of_another_checkpoint_must_say_that_it_replaces() {
    let clock = Arc::new(ManualClock::default());
    let (old, new, shelf) = prepared_at(&clock).await;
    let first = on(&shelf).list().await.unwrap().remove(0).id;
    let second = on(&shelf).create(&new).await.unwrap().id;
    let memory = memory(&clock);
    let failing = Failing::after(&memory, 7, Failure::Before);
    on(&shelf).restore(&failing, &second).await.unwrap_err();
    let store = Store::new(memory.clone());
    assert!(on(&shelf).unfinished(&store).await.unwrap().is_some());
    clock.advance(DEAD);
    let refused = on(&shelf).restore(&store, &first).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(refused.to_string().contains(second.as_str()), "{refused}");
    on(&shelf).restore(&store, &first).replace().await.unwrap();
    assert_same(&dump(&memory).await, &dump(old.backend()).await);
}

#[tokio::test]
async fn that_it_replaces_is_remembered_by_a_restore_that_goes_on() {
    for good in 0.. {
        let clock = Arc::new(ManualClock::default());
        let (old, _, shelf) = prepared_at(&clock).await;
        let id = on(&shelf).list().await.unwrap().remove(0).id;
        let memory = memory(&clock);
        let store = Store::new(memory.clone());
        let failing = Failing::after(&memory, 7, Failure::Before);
        on(&shelf).restore(&failing, &id).await.unwrap_err();
        let begun = on(&shelf).unfinished(&store).await.unwrap().unwrap();
        assert!(!begun.replaces);
        put(&memory, key("own", "stray"), b"x", Expiry::Never).await;

        clock.advance(DEAD);
        let failing = Failing::after(&memory, good, Failure::After);
        let done = on(&shelf).restore(&failing, &id).replace().await;
        clock.advance(DEAD);
        match on(&shelf).unfinished(&store).await.unwrap() {
            Some(now) => {
                on(&shelf).restore(&store, &id).await.unwrap();
                let is_there = dump(&memory).await.contains_key(&b"own\0stray"[..]);
                assert_eq!(is_there, !now.replaces, "{good} calls");
            }
            None => assert_same(&dump(&memory).await, &dump(old.backend()).await),
        }
        if done.is_ok() {
            assert!(good > 8, "{good} calls");
            break;
        }
    }
}
