//! Faults on purpose: repeatable, and of the kinds that they are said to be.

use std::time::Duration;

use typed_state::backends::Memory;
use typed_state::layer::{Fault, FaultKind, FaultLayer, FaultPoint, Layer as _};
use typed_state::testing::TestResult;
use typed_state::{Counter, ErrorKind, StateKey, Store};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "note", value = String)]
struct Note(u64);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "hits", value = Counter)]
struct Hits;

fn faulty(layer: FaultLayer) -> Store<Fault<Memory>> {
    Store::new(layer.over(Memory::new()))
}

/// What becomes of 300 reads and as many writes, which come in another order in every second run.
async fn fates(seed: u64, turned: bool) -> (Vec<Option<ErrorKind>>, Vec<Option<ErrorKind>>) {
    let layer = FaultLayer::new(seed)
        .inject_everywhere(FaultKind::Refuse(ErrorKind::Unavailable), 0.2)
        .inject_everywhere(FaultKind::Refuse(ErrorKind::Timeout), 0.1);
    let store = faulty(layer);
    let (mut reads, mut writes) = (Vec::new(), Vec::new());
    for call in 0..600 {
        let read = if turned { call < 300 } else { call % 2 == 0 };
        if read {
            let answer = store.get(&Note(1)).await;
            reads.push(answer.err().map(|error| error.kind()));
        } else {
            let answer = store.put(&Note(1), &String::new()).await;
            writes.push(answer.err().map(|error| error.kind()));
        }
    }
    (reads, writes)
}

#[tokio::test]
async fn a_seed_gives_each_call_of_an_operation_the_same_fate_in_every_run() {
    let first = fates(7, false).await;
    assert_eq!(first, fates(7, true).await);
    assert_ne!(first, fates(8, false).await);
    assert_ne!(first.0, first.1);
    for fates in [first.0, first.1] {
        let count = |kind| fates.iter().filter(|&&fate| fate == kind).count();
        assert!((40..80).contains(&count(Some(ErrorKind::Unavailable))));
        assert!((15..45).contains(&count(Some(ErrorKind::Timeout))));
    }
}

#[tokio::test]
async fn what_is_refused_is_not_applied_and_what_is_lost_is() -> TestResult {
    let refuse = FaultKind::Refuse(ErrorKind::Backend);
    let store = faulty(FaultLayer::new(1).inject(FaultPoint::Commit, refuse, 1.0));
    let error = store.put(&Note(1), &"x".to_owned()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Backend);
    assert_eq!(store.get(&Note(1)).await?, None);

    let lose = FaultLayer::new(1).inject(FaultPoint::Commit, FaultKind::LoseAnswer, 1.0);
    let store = faulty(lose.inject(FaultPoint::Scan, FaultKind::LoseAnswer, 1.0));
    let error = store.put(&Note(1), &"x".to_owned()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(store.get(&Note(1)).await?, Some("x".to_owned()));
    let error = store.scan::<Note>().count().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_ghost_happens_later_and_calm_waits_for_it() -> TestResult {
    let ghost = FaultKind::Ghost(Duration::from_secs(5));
    let store = faulty(FaultLayer::new(1).inject(FaultPoint::Commit, ghost, 1.0));
    let hits = store.counter(&Hits)?;
    for _ in 0..20 {
        let error = hits.add(1).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    }
    let batch = store.put_many([(&Note(1), &"x".to_owned())]).await;
    batch?;
    assert_eq!(hits.get().await?, 0);
    store.backend().calm().await;
    assert_eq!(hits.get().await?, 20);
    assert_eq!(hits.add(1).await?, 21, "there are no faults any more");
    Ok(())
}

#[tokio::test]
async fn a_ghost_past_its_deadline_does_nothing() -> TestResult {
    let ghost = FaultKind::Ghost(Duration::from_millis(60));
    let store = faulty(FaultLayer::new(3).inject(FaultPoint::Commit, ghost, 1.0));
    let hurried = store.with_timeout(Duration::from_millis(1));
    for _ in 0..20 {
        assert!(hurried.counter(&Hits)?.add(1).await.is_err());
    }
    store.backend().calm().await;
    assert!(store.counter(&Hits)?.get().await? < 10);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn delays_are_drawn_up_to_their_limit() -> TestResult {
    let limit = Duration::from_secs(1);
    let store = faulty(FaultLayer::new(1).inject_everywhere(FaultKind::Delay(limit), 1.0));
    let mut times = Vec::new();
    for number in 0..50 {
        let begun = tokio::time::Instant::now();
        store.put(&Note(number), &String::new()).await?;
        times.push(begun.elapsed());
    }
    times.sort();
    assert!(
        times[0] < limit / 4
            && times[49] > limit / 2
            && times[49] <= limit + Duration::from_millis(2)
    );
    Ok(())
}
