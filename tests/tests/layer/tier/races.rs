//! Readers and writers that meet.

use std::time::Duration;

use typed_state::backend::{Backend as _, Commit, Context, Mutation, Revision, Scope};
use typed_state_tests::Act;

use super::Seat;
use super::world::{Process, World, called, held};

fn get(process: &Process) -> tokio::task::JoinHandle<Option<u64>> {
    let process = process.clone();
    tokio::spawn(async move { process.get(&Seat(1)).await.unwrap() })
}

fn put(process: &Process, value: u64) -> tokio::task::JoinHandle<()> {
    let process = process.clone();
    tokio::spawn(async move {
        process.put(&Seat(1), &value).await.unwrap();
    })
}

/// Takes away whatever stands in the upper store, as its memory running out would.
async fn evict(world: &World) {
    for (key, _) in world.slots().await {
        let mut commit = Commit::new(Revision::from_bits(1), Scope::Partition);
        commit.apply(Mutation::Delete { key }).unwrap();
        let memory = world.upper.memory();
        let _gone = memory.commit(&Context::new(), commit).await.unwrap();
    }
}

/// At each of the calls of a reader a write of another process comes and goes.
#[tokio::test]
async fn what_was_read_before_a_write_is_not_kept() {
    for pauses in 0..3 {
        let world = World::new();
        let (reader, writer) = (world.process(), world.process());
        writer.put(&Seat(1), &1).await.unwrap();
        let (looked, _) = world.calls();
        let (release, hold) = held();
        world
            .upper
            .script((0..pauses).map(|_| Act::Pass).chain([hold]));
        let late = get(&reader);
        called(&world.upper, looked + pauses + 1).await;
        writer.put(&Seat(1), &2).await.unwrap();
        drop(release);
        let read = late.await.unwrap();
        assert_eq!(read, if pauses == 2 { Some(1) } else { Some(2) });
        for _ in 0..2 {
            assert_eq!(reader.get(&Seat(1)).await.unwrap(), Some(2), "{pauses}");
        }
    }
}

/// The same while the store is asked: the write begins before the answer and ends after what is kept of it.
#[tokio::test]
async fn nothing_is_kept_while_a_writer_is_under_way() {
    let world = World::new();
    let (reader, writer) = (world.process(), world.process());
    writer.put(&Seat(1), &1).await.unwrap();
    let (_, asked) = world.calls();
    let (answer_reader, reading) = held();
    let (answer_writer, writing) = held();
    world.below.script([reading, writing]);
    let late = get(&reader);
    called(&world.below, asked + 1).await;
    let write = put(&writer, 2);
    called(&world.below, asked + 2).await;
    drop(answer_reader);
    assert_eq!(late.await.unwrap(), Some(1));
    assert_eq!(reader.get(&Seat(1)).await.unwrap(), Some(1), "of the store");
    assert_eq!(reader.backend().statistics().hits, 0);
    drop(answer_writer);
    write.await.unwrap();
    for _ in 0..2 {
        assert_eq!(reader.get(&Seat(1)).await.unwrap(), Some(2));
    }
    assert_eq!(reader.backend().statistics().hits, 1);
}

/// Whichever ends first.
#[tokio::test]
async fn two_writers_keep_copies_out_until_both_have_ended() {
    for first_ends_first in [false, true] {
        let world = World::new();
        let (one, other) = (world.process(), world.process());
        let (answer_one, first) = held();
        let (answer_other, second) = held();
        world.below.script([first, second]);
        let write_one = put(&one, 1);
        called(&world.below, 1).await;
        let write_other = put(&other, 2);
        called(&world.below, 2).await;
        let writes = [(answer_one, write_one), (answer_other, write_other)];
        let mut writes = Vec::from(writes);
        if !first_ends_first {
            writes.reverse();
        }
        for (at, (answer, write)) in writes.into_iter().enumerate() {
            one.get(&Seat(1)).await.unwrap();
            let slots = world.slots().await;
            assert_eq!(slots[0].1[1], 3, "{at} ended, and a mark stands");
            drop(answer);
            write.await.unwrap();
        }
        assert_eq!(world.slots().await, []);
        let last = if first_ends_first { 2 } else { 1 };
        for _ in 0..2 {
            assert_eq!(one.get(&Seat(1)).await.unwrap(), Some(last));
        }
        assert_eq!(one.backend().statistics().hits, 1);
    }
}

#[tokio::test]
async fn a_writer_that_dies_keeps_copies_out_until_its_time_is_over() {
    let world = World::new();
    let (reader, writer) = (world.process(), world.process());
    let writer = writer.with_timeout(Duration::from_secs(20));
    world.below.script([Act::Hang]);
    let write = put(&writer, 1);
    called(&world.below, 1).await;
    write.abort();
    world.advance(24);
    reader.get(&Seat(1)).await.unwrap();
    reader.get(&Seat(1)).await.unwrap();
    assert_eq!(reader.backend().statistics().misses, 2);
    world.advance(1);
    reader.get(&Seat(1)).await.unwrap();
    reader.get(&Seat(1)).await.unwrap();
    assert_eq!(reader.backend().statistics().negative_hits, 1);
}

/// Though others write again and again, each joining the mark of the one before.
#[tokio::test]
async fn a_writer_that_died_is_not_kept_alive_by_others() {
    let world = World::new();
    let (dead, living) = (world.process(), world.process());
    world.below.script([Act::Hang]);
    let write = put(&dead, 1);
    called(&world.below, 1).await;
    write.abort();
    for second in 0..60 {
        living.put(&Seat(1), &second).await.unwrap();
        living.get(&Seat(1)).await.unwrap();
        living.get(&Seat(1)).await.unwrap();
        assert_eq!(living.backend().statistics().hits, 0, "after {second} s");
        world.advance(1);
    }
    living.put(&Seat(1), &100).await.unwrap();
    for _ in 0..2 {
        assert_eq!(living.get(&Seat(1)).await.unwrap(), Some(100));
    }
    assert_eq!(living.backend().statistics().hits, 1);
}

/// A reader may then keep what was there before the write: until the writer has ended.
#[tokio::test]
async fn a_mark_that_was_lost_is_made_good_at_the_end_of_the_write() {
    let world = World::new();
    let (reader, writer) = (world.process(), world.process());
    writer.put(&Seat(1), &1).await.unwrap();
    let (_, asked) = world.calls();
    let (answer, hold) = held();
    world.below.script([hold]);
    let write = put(&writer, 2);
    called(&world.below, asked + 1).await;
    evict(&world).await;
    for _ in 0..2 {
        assert_eq!(reader.get(&Seat(1)).await.unwrap(), Some(1));
    }
    assert_eq!(reader.backend().statistics().hits, 1);
    drop(answer);
    write.await.unwrap();
    assert_eq!(reader.get(&Seat(1)).await.unwrap(), Some(2));
}

/// A lease whose reader died keeps others from keeping, not from reading.
#[tokio::test]
async fn a_reader_that_dies_leaves_a_lease_for_its_time() {
    let world = World::new();
    let (dead, living) = (world.process(), world.process());
    world.direct.put(&Seat(1), &1).await.unwrap();
    world.below.script([Act::Hang]);
    let reader = get(&dead);
    called(&world.below, 1).await;
    reader.abort();
    for _ in 0..2 {
        assert_eq!(living.get(&Seat(1)).await.unwrap(), Some(1));
    }
    world.advance(2);
    for _ in 0..2 {
        assert_eq!(living.get(&Seat(1)).await.unwrap(), Some(1));
    }
    assert_eq!(living.backend().statistics().hits, 1);
}
