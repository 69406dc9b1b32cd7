//! An upper store that fails, or does not answer.

use std::time::{Duration, Instant};

use typed_state::ErrorKind;
use typed_state_tests::Act;

use super::Seat;
use super::world::{Process, World};

#[tokio::test]
async fn reads_go_to_the_store() {
    let world = World::new();
    let process = world.process();
    world.direct.put(&Seat(1), &7).await.unwrap();
    world.upper_fails();
    assert_eq!(process.get(&Seat(1)).await.unwrap(), Some(7));
    let all = process.get_many(&[Seat(1), Seat(2)]).await.unwrap();
    assert_eq!(all, [Some(7), None]);
    assert_eq!(process.backend().statistics().failed, 3);
    // The lease alone, and the copy alone.
    for passes in [1, 2] {
        world.upper.unscript();
        world.upper.script((0..passes).map(|_| Act::Pass));
        world.upper_fails();
        assert_eq!(process.get(&Seat(1)).await.unwrap(), Some(7));
        world.advance(2);
    }
}

/// The copy is of what one process has written and another has read.
async fn with_a_copy() -> (World, Process, Process) {
    let world = World::new();
    let (one, other) = (world.process(), world.process());
    one.put(&Seat(1), &1).await.unwrap();
    assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(1));
    (world, one, other)
}

/// It goes on, and what it changed is seen by its own process; by others when their copies are over.
#[tokio::test]
async fn a_write_that_the_upper_store_is_not_told_of_goes_on() {
    let (world, one, other) = with_a_copy().await;
    world.upper_fails();
    one.put(&Seat(1), &2).await.unwrap();
    world.upper.unscript();
    assert_eq!(one.backend().statistics().untold, 1);
    assert_eq!(one.get(&Seat(1)).await.unwrap(), Some(2));
    assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(1), "a copy");
    world.advance(60);
    assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(2));
}

/// What could not be said before is said after.
#[tokio::test]
async fn a_copy_goes_as_soon_as_the_upper_store_is_there_again() {
    let (world, one, other) = with_a_copy().await;
    world.upper.script([Act::Refuse(ErrorKind::Unavailable)]);
    one.put(&Seat(1), &2).await.unwrap();
    assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(2));
}

#[tokio::test]
async fn a_strict_tier_refuses_writes_before_the_store_hears_of_them() {
    let world = World::new();
    let (strict, other) = (world.process_with(world.layer().strict()), world.process());
    strict.put(&Seat(1), &1).await.unwrap();
    assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(1));
    world.upper_fails();
    let (_, asked) = world.calls();
    let error = strict.put(&Seat(1), &2).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("strict"), "{error}");
    let error = strict.delete_many(&[Seat(1), Seat(2)]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(world.calls().1, asked);
    world.upper.unscript();
    assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(1));
    strict.put(&Seat(1), &2).await.unwrap();
    assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(2));
    let late = strict.with_timeout(Duration::ZERO);
    let error = late.put(&Seat(1), &3).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

/// Of marks of which one could not be put the others are taken away.
#[tokio::test]
async fn a_write_that_is_refused_leaves_no_mark() {
    let world = World::new();
    let strict = world.process_with(world.layer().strict());
    let refuse = Act::Refuse(ErrorKind::Unavailable);
    world
        .upper
        .script([Act::Pass, Act::Pass, refuse, Act::Pass]);
    let error = strict
        .delete_many(&[Seat(1), Seat(2), Seat(3)])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(world.slots().await, []);
    // Put, and its answer lost.
    world.upper.script([Act::Pass, Act::Lose]);
    let error = strict.put(&Seat(1), &1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(world.slots().await, []);
    assert_eq!(world.calls().1, 0);
}

#[tokio::test]
async fn an_upper_store_that_does_not_answer_is_waited_for_as_long_as_is_said() {
    let world = World::new();
    let layer = world.layer().patience(Duration::from_millis(20));
    let process = world.process_with(layer);
    let begun = Instant::now();
    world.upper.script((0..100).map(|_| Act::Hang));
    process.put(&Seat(1), &1).await.unwrap();
    assert_eq!(process.get(&Seat(1)).await.unwrap(), Some(1));
    assert_eq!(process.get(&Seat(2)).await.unwrap(), None);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

/// The end of a write is not told of either: its mark stands until its time is over.
#[tokio::test]
async fn a_mark_that_cannot_be_taken_away_keeps_copies_out() {
    let world = World::new();
    let layer = world.layer().write_time(Duration::from_secs(30));
    let (one, other) = (world.process_with(layer), world.process());
    world.upper.script([Act::Pass, Act::Pass]);
    world.upper_fails();
    one.put(&Seat(1), &1).await.unwrap();
    world.upper.unscript();
    world.advance(29);
    for _ in 0..2 {
        assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(1));
    }
    assert_eq!(other.backend().statistics().misses, 2);
    world.advance(1);
    for _ in 0..2 {
        assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(1));
    }
    assert_eq!(other.backend().statistics().hits, 1);
}
