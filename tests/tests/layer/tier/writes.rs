//! Every way to change an entry takes its copy away, for every process.

use std::time::Duration;

use typed_state::backend::{
    Backend as _, Commit, Condition, Context, Expiry, Key, Mutation, Revision, Scope, Write,
    WriteBatch,
};
use typed_state::{ErrorKind, Ttl};
use typed_state_tests::Act;

use super::Seat;
use super::world::{Process, World};

fn key_of(slots: &[(Key, Vec<u8>)]) -> Key {
    let bytes = &slots[0].0.as_bytes()["~tier\0".len()..];
    Key::new(bytes, bytes.len()).unwrap()
}

async fn change(store: &Process, key: &Key, how: usize) {
    let seat = Seat(1);
    let cx = Context::new();
    let commit = |mutation: Mutation| {
        let mut commit = Commit::new(Revision::from_bits(99), Scope::Partition);
        commit.require(Condition::Present(key.clone())).unwrap();
        commit.apply(mutation).unwrap();
        commit
    };
    let deleted = || Mutation::Delete { key: key.clone() };
    match how {
        0 => drop(store.put(&seat, &2).await.unwrap()),
        1 => assert!(store.delete(&seat).await.unwrap()),
        2 => drop(store.update(&seat, |_| Some(3)).await.unwrap()),
        3 => assert_eq!(store.take(&seat).await.unwrap(), Some(1)),
        4 => assert_eq!(store.delete_many(&[seat, Seat(2)]).await.unwrap(), 1),
        5 => store.put_many([(&seat, &5)]).await.unwrap(),
        6 => {
            let mut tx = store.transaction();
            tx.put(&seat, &6).unwrap();
            tx.commit().await.unwrap();
        }
        7 => {
            let mut tx = store.transaction_across();
            tx.delete(&seat).unwrap();
            tx.put(&Seat(2), &6).unwrap();
            tx.commit().await.unwrap();
        }
        8 => {
            let commits = vec![commit(deleted()), commit(deleted())];
            let outcomes = store.backend().commit_many(&cx, commits).await;
            assert!(outcomes.iter().all(Result::is_ok));
        }
        9 => {
            let revision = Revision::from_bits(98);
            let writes = vec![Write::Delete { key: key.clone() }];
            let batch = WriteBatch { revision, writes };
            let written = store.backend().write(&cx, batch).await.unwrap();
            assert_eq!(written.deleted, 1);
        }
        _ => {
            let touch = Mutation::Touch {
                key: key.clone(),
                expiry: Expiry::After(Ttl::MIN),
            };
            let _applied = store.backend().commit(&cx, commit(touch)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn each_kind_of_write_is_seen_by_all_processes() {
    for how in 0..=10 {
        let world = World::new();
        let (one, other) = (world.process(), world.process());
        world.direct.put(&Seat(1), &1).await.unwrap();
        assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(1));
        let key = key_of(&world.slots().await);
        change(&one, &key, how).await;
        assert_eq!(world.slots().await, [], "nothing is left of {how}");
        world.clock.advance(Duration::from_millis(1));
        let there = world.direct.get(&Seat(1)).await.unwrap();
        assert_ne!(there, Some(1), "{how} changed nothing");
        for _ in 0..2 {
            assert_eq!(one.get(&Seat(1)).await.unwrap(), there, "{how}");
            assert_eq!(other.get(&Seat(1)).await.unwrap(), there, "{how}");
        }
        let known = other.backend().statistics();
        assert!(known.hits + known.negative_hits > 0, "{how}");
    }
}

/// One round trip to see what stands there, one for the mark, and one to take it away, for all keys of a write.
#[tokio::test]
async fn a_write_takes_three_round_trips_of_the_upper_store() {
    let world = World::new();
    let process = world.process();
    process.put(&Seat(1), &1).await.unwrap();
    assert_eq!(world.calls(), (3, 1));
    let all: Vec<(Seat, u64)> = (0..20).map(|number| (Seat(number), number)).collect();
    let all = all.iter().map(|(seat, number)| (seat, number));
    process.put_many(all).await.unwrap();
    assert_eq!(world.calls(), (6, 2));
}

#[tokio::test]
async fn what_was_not_applied_leaves_no_mark() {
    let world = World::new();
    let process = world.process();
    world.direct.put(&Seat(1), &1).await.unwrap();
    assert!(!process.insert(&Seat(1), &2).await.unwrap());
    assert_eq!(world.slots().await, []);
    world.below.script([Act::Refuse(ErrorKind::Unavailable)]);
    let error = process.put(&Seat(1), &2).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(world.slots().await, []);
}

/// Nobody knows what became of it until its time is over.
#[tokio::test]
async fn a_write_whose_answer_was_lost_leaves_its_mark() {
    for act in [Act::Lose, Act::Ghost] {
        let world = World::new();
        let layer = world.layer().write_time(Duration::from_secs(30));
        let (one, other) = (world.process_with(layer), world.process());
        world.direct.put(&Seat(1), &1).await.unwrap();
        other.get(&Seat(1)).await.unwrap();
        world.below.script([act]);
        let error = one.put(&Seat(1), &2).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
        let before = other.get(&Seat(1)).await.unwrap();
        assert_eq!(before, world.direct.get(&Seat(1)).await.unwrap());
        world.advance(29);
        assert_eq!(other.get(&Seat(1)).await.unwrap(), before);
        for applied in world.below.release().await {
            let _applied = applied.unwrap();
        }
        assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(2), "applied late");
        world.advance(1);
        assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(2));
        assert_eq!(other.backend().statistics().hits, 0);
        assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(2));
        assert_eq!(other.backend().statistics().hits, 1, "copied again");
    }
}

/// Of several commits those that were decided are over, and the others not.
#[tokio::test]
async fn of_commits_together_each_has_its_own_end() {
    let world = World::new();
    let process = world.process();
    world.below.script([Act::Pass, Act::Lose, Act::Pass]);
    let commits = (0..3).map(|number| {
        let key = Key::new(&[b's', 0, number][..], 3).unwrap();
        let mut commit = Commit::new(Revision::from_bits(1), Scope::Partition);
        commit.apply(Mutation::Delete { key }).unwrap();
        commit
    });
    let cx = Context::new();
    let outcomes = process.backend().commit_many(&cx, commits.collect()).await;
    let ok: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(ok, [true, false, true]);
    let slots = world.slots().await;
    assert_eq!(slots.len(), 1);
    assert!(slots[0].0.as_bytes().ends_with(&[b's', 0, 1]));
}
