//! Callers that come and go, and runtimes that end.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use typed_state::backend::{Backend as _, Context, Deadline, Effect, Outcome, decode_counter};
use typed_state::backends::Memory;
use typed_state::layer::{Batch, BatchLayer, Layer as _};
use typed_state::{ErrorKind, Revision};

use super::ours::{add, key, put, replace};
use super::watched::Watched;

fn applied(effect: Effect) -> Outcome {
    Outcome::Applied([effect].into_iter().collect())
}

/// One task's share: what it reads is what it wrote, and what it must not replace it does not.
async fn work(batch: Arc<Batch<Memory>>, task: u32, turns: u32) {
    let cx = Context::new();
    let mut stands = None;
    for turn in 0..turns {
        let revision = u64::from(task) << 32 | u64::from(turn);
        let value = revision.to_be_bytes();
        let outcome = match stands {
            Some(before) => batch.commit(&cx, replace(task, before, revision, &value)),
            None => batch.commit(&cx, put(task, revision, &value)),
        };
        assert_eq!(outcome.await.unwrap(), applied(Effect::Put));
        stands = Some(revision);
        let found = batch.get(&cx, &[key(task)]).await.unwrap();
        let entry = found[0].as_ref().expect("it was put");
        assert_eq!(entry.revision, Revision::from_bits(revision));
        assert_eq!(entry.value, value[..]);
        if turn % 4 == 0 {
            let stale = replace(task, revision ^ 1, 7, b"wrong");
            match batch.commit(&cx, stale).await.unwrap() {
                Outcome::Conflict(conflict) => {
                    let current = conflict.failed[0].current;
                    assert_eq!(current, Some(Revision::from_bits(revision)));
                }
                Outcome::Applied(_) => panic!("another revision stood there"),
            }
            let _ = batch.commit(&cx, add(u32::MAX, 1)).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_answer_reaches_its_caller() {
    const TASKS: u32 = 64;
    const TURNS: u32 = 400;
    for direct_below in [0, 4] {
        let layer = BatchLayer::new().direct_below(direct_below);
        let batch = Arc::new(layer.over(Memory::new()));
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| tokio::spawn(work(Arc::clone(&batch), task, TURNS)))
            .collect();
        for task in tasks {
            timeout(Duration::from_mins(1), task)
                .await
                .unwrap()
                .unwrap();
        }
        let found = batch.get(&Context::new(), &[key(u32::MAX)]).await.unwrap();
        let counted = found[0]
            .as_ref()
            .and_then(|entry| decode_counter(&entry.value));
        assert_eq!(counted, Some(i64::from(TASKS * TURNS.div_ceil(4))));
    }
}

#[tokio::test(start_paused = true)]
async fn callers_that_leave_hurt_nobody() {
    const CALLERS: u32 = 2_000;
    let watched = Arc::new(Watched::new());
    watched.slowness.store(20, Ordering::SeqCst);
    let layer = BatchLayer::new()
        .direct_below(0)
        .max_operations(NonZeroUsize::new(16).unwrap());
    let batch = Arc::new(layer.over(Arc::clone(&watched)));
    let acknowledged = Arc::new(AtomicI64::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|number| {
            let (batch, acknowledged) = (Arc::clone(&batch), Arc::clone(&acknowledged));
            tokio::spawn(async move {
                let draw = u64::from(number).wrapping_mul(0x9E37_79B9) % 997;
                tokio::time::sleep(Duration::from_millis(draw % 50)).await;
                let cx = Context::new();
                // Every other one leaves, most of them before they are answered.
                let patience = match number % 2 {
                    0 => Duration::from_mins(10),
                    _ => Duration::from_millis(draw % 23),
                };
                let asked = async {
                    let _ = batch.commit(&cx, add(0, 1)).await.unwrap();
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                    let _ = batch.commit(&cx, put(number + 1, 5, b"x")).await.unwrap();
                    let found = batch.get(&cx, &[key(number + 1)]).await.unwrap();
                    assert!(found[0].is_some());
                };
                timeout(patience, asked).await.is_ok()
            })
        })
        .collect();
    let mut stayed = 0;
    for (number, caller) in callers.into_iter().enumerate() {
        let answered = caller.await.unwrap();
        assert!(answered || number % 2 == 1, "{number} stayed");
        stayed += u32::from(answered);
    }
    assert!(stayed < CALLERS, "some must leave");
    // What was given up may still be on its way.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let found = batch.get(&Context::new(), &[key(0)]).await.unwrap();
    let counted = found[0]
        .as_ref()
        .and_then(|entry| decode_counter(&entry.value));
    let counted = counted.expect("some were counted");
    assert!(counted >= acknowledged.load(Ordering::SeqCst));
    assert!(counted <= i64::from(CALLERS));
}

#[tokio::test]
async fn who_waits_for_a_call_to_begin_keeps_his_deadline() {
    let watched = Arc::new(Watched::new());
    let one = NonZeroUsize::MIN;
    let layer = BatchLayer::new().direct_below(0).max_in_flight(one);
    let batch = Arc::new(layer.over(Arc::clone(&watched)));
    let permits = watched.gate.forget_permits(usize::MAX);
    let get = |cx: Context| {
        let batch = Arc::clone(&batch);
        tokio::spawn(async move { batch.get(&cx, &[key(1)]).await })
    };
    let stuck = get(Context::new());
    while watched.calls().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let deadline = Deadline::after(Duration::from_millis(50)).unwrap();
    let hurried = get(Context::new().with_deadline(deadline));
    let patient =
        get(Context::new().with_deadline(Deadline::after(Duration::from_mins(1)).unwrap()));
    let refused = timeout(Duration::from_secs(10), hurried).await.unwrap();
    assert_eq!(refused.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    assert!(deadline.has_passed());
    watched.gate.add_permits(permits);
    assert_eq!(stuck.await.unwrap().unwrap(), [None]);
    assert_eq!(patient.await.unwrap().unwrap(), [None]);
}

#[test]
fn a_runtime_that_ends_takes_nobody_of_another_with_it() {
    let (ending, lasting) = (runtime(), runtime());
    let watched = Arc::new(Watched::new());
    let layer = BatchLayer::new()
        .direct_below(0)
        .max_in_flight(NonZeroUsize::MIN);
    let batch = Arc::new(layer.over(Arc::clone(&watched)));
    let permits = watched.gate.forget_permits(usize::MAX);
    let ask = |number: u32| {
        let batch = Arc::clone(&batch);
        async move { batch.commit(&Context::new(), put(number, 1, b"x")).await }
    };
    let until = |done: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < Duration::from_secs(10), "it must come");
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    // One call is under way and stuck; the next gathers in the same runtime.
    let stuck = ending.spawn(ask(1));
    until(&|| watched.calls().len() == 1);
    let waiting = ending.spawn(ask(2));
    std::thread::sleep(Duration::from_millis(20));
    let elsewhere = lasting.spawn(ask(3));
    let lost = lasting.spawn({
        let batch = Arc::clone(&batch);
        async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            batch.commit(&Context::new(), put(4, 1, b"x")).await
        }
    });
    std::thread::sleep(Duration::from_millis(50));
    ending.shutdown_timeout(Duration::from_secs(5));
    watched.gate.add_permits(permits);
    lasting.block_on(async {
        assert!(stuck.await.is_err());
        assert!(waiting.await.is_err());
        assert_eq!(elsewhere.await.unwrap().unwrap(), applied(Effect::Put));
        assert_eq!(lost.await.unwrap().unwrap(), applied(Effect::Put));
        assert_eq!(ask(5).await.unwrap(), applied(Effect::Put));
    });
    let calls = watched.calls();
    let sent: usize = calls.iter().map(|call| call.count).sum();
    assert_eq!(
        sent, 4,
        "of the five, the second had nobody left to wait for it"
    );
}

#[test]
fn a_call_that_ends_with_its_runtime_leaves_the_outcome_open() {
    let (ending, lasting) = (runtime(), runtime());
    let watched = Arc::new(Watched::new());
    let batch = Arc::new(BatchLayer::new().direct_below(0).over(Arc::clone(&watched)));
    let permits = watched.gate.forget_permits(usize::MAX);
    // Polled where the call begins, awaited elsewhere.
    let mut asked = Box::pin({
        let batch = Arc::clone(&batch);
        async move { batch.commit(&Context::new(), put(1, 1, b"x")).await }
    });
    ending.block_on(async {
        assert!((&mut asked).now_or_never().is_none());
        while watched.calls().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    ending.shutdown_timeout(Duration::from_secs(5));
    watched.gate.add_permits(permits);
    let error = lasting.block_on(asked).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}
