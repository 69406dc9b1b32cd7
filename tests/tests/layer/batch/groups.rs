//! What is sent together, and what is not.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{join, join_all};
use typed_state::ErrorKind;
use typed_state::backend::{
    Backend as _, Context, Deadline, Effect, Expiry, Outcome, Reads, Revision, Write, WriteBatch,
    Written,
};
use typed_state::layer::{Batch, BatchLayer, Layer as _};

use super::ours::{add, key, put, replace};
use super::watched::{Call, DAMAGED, UNREACHABLE, Watched};

fn batched(layer: BatchLayer) -> (Arc<Watched>, Batch<Arc<Watched>>) {
    let watched = Arc::new(Watched::new());
    let batch = layer.direct_below(0).over(Arc::clone(&watched));
    (watched, batch)
}

fn size(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap()
}

fn counts(calls: &[Call], what: &str) -> Vec<usize> {
    let calls = calls.iter().filter(|call| call.what == what);
    calls.map(|call| call.count).collect()
}

#[tokio::test]
async fn what_comes_together_is_one_call() {
    let (watched, batch) = batched(BatchLayer::new());
    let cx = Context::new().for_operation("test");
    let puts = join_all((0..20).map(|id| batch.commit(&cx, put(id, id.into(), b"x"))));
    let gets = join_all((0..20).map(|id| {
        let (batch, cx) = (&batch, &cx);
        async move { batch.get(cx, &[key(id), key(1_000), key(id + 1)]).await }
    }));
    for put in puts.await {
        let expected = Outcome::Applied([Effect::Put].into_iter().collect());
        assert_eq!(put.unwrap(), expected);
    }
    for (id, found) in (0_u64..).zip(gets.await) {
        let found = found.unwrap();
        let found = found.iter().map(|entry| {
            let entry = entry.as_ref();
            entry.map(|entry| entry.revision.to_bits())
        });
        let next = (id < 19).then_some(id + 1);
        assert_eq!(found.collect::<Vec<_>>(), [Some(id), None, next]);
    }
    let calls = watched.calls();
    assert_eq!(counts(&calls, "commit_many"), [20]);
    assert_eq!(counts(&calls, "get"), [60]);
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|call| call.cx.operation == "batch"));
}

#[tokio::test]
async fn a_few_are_sent_at_once_and_by_themselves() {
    let watched = Arc::new(Watched::new());
    let batch = BatchLayer::new().over(Arc::clone(&watched));
    let cx = Context::new().for_operation("test");
    let found = join_all((0..4).map(|id| {
        let (batch, cx) = (&batch, &cx);
        async move { batch.get(cx, &[key(id)]).await }
    }));
    found.await;
    let calls = watched.calls();
    assert_eq!(counts(&calls, "get"), [1; 4]);
    assert!(calls.iter().all(|call| call.cx == cx));
}

#[tokio::test]
async fn many_keys_and_many_writes_go_through() {
    let (watched, batch) = batched(BatchLayer::new());
    let cx = Context::new().for_operation("test");
    let keys: Vec<_> = (0..9).map(key).collect();
    let write = |id| Write::Put {
        key: key(id),
        value: "x".into(),
        expiry: Expiry::Never,
    };
    let revision = Revision::from_bits(1);
    let writes = (0..2).map(write).collect();
    let many = batch.write(&cx, WriteBatch { revision, writes });
    many.await.unwrap();
    assert_eq!(batch.get(&cx, &keys).await.unwrap().len(), 9);
    assert_eq!(batch.get(&cx, &[]).await.unwrap(), []);
    let none = WriteBatch {
        revision,
        writes: Vec::new(),
    };
    batch.write(&cx, none).await.unwrap();
    assert!(watched.calls().iter().all(|call| call.cx == cx));

    let delete = |id| WriteBatch {
        revision,
        writes: vec![Write::Delete { key: key(id) }],
    };
    let (first, second) = join(batch.write(&cx, delete(1)), batch.write(&cx, delete(7))).await;
    assert_eq!(first.unwrap(), Written { deleted: 1 });
    assert_eq!(second.unwrap(), Written { deleted: 0 });
    assert_eq!(counts(&watched.calls(), "commit_many"), [2]);
}

#[tokio::test]
async fn each_has_its_own_error() {
    let (watched, batch) = batched(BatchLayer::new());
    let cx = Context::new();
    let _ = batch.commit(&cx, put(1, 10, b"x")).await.unwrap();
    let _ = batch.commit(&cx, add(2, i64::MAX)).await.unwrap();
    let commits = [
        replace(1, 11, 12, b"wrong"),
        put(3, 13, b"x"),
        add(2, 1),
        add(1, 1),
        add(4, 5),
    ];
    let outcomes = join_all(commits.map(|commit| batch.commit(&cx, commit))).await;
    assert!(
        matches!(&outcomes[0], Ok(Outcome::Conflict(_))),
        "{outcomes:?}"
    );
    assert!(
        matches!(&outcomes[1], Ok(Outcome::Applied(_))),
        "{outcomes:?}"
    );
    assert_eq!(
        outcomes[2].as_ref().unwrap_err().kind(),
        ErrorKind::Overflow
    );
    assert_eq!(outcomes[3].as_ref().unwrap_err().kind(), ErrorKind::Corrupt);
    let added = Outcome::Applied([Effect::Added(5)].into_iter().collect());
    assert_eq!(outcomes[4].as_ref().unwrap(), &added);

    let read = async |ids: [u32; 3]| {
        let gets = ids.map(|id| {
            let (batch, cx) = (&batch, &cx);
            async move { batch.get(cx, &[key(id)]).await }
        });
        join_all(gets).await
    };
    let found = read([1, DAMAGED, 3]).await;
    assert!(found[0].as_ref().unwrap()[0].is_some());
    assert_eq!(found[1].as_ref().unwrap_err().kind(), ErrorKind::Corrupt);
    assert!(found[2].as_ref().unwrap()[0].is_some());

    // Nobody asks again of a store that cannot be reached.
    let before = watched.calls().len();
    for found in read([1, UNREACHABLE, 3]).await {
        let error = found.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(
            error.to_string().contains("as the test wants it"),
            "{error}"
        );
    }
    assert_eq!(watched.calls().len(), before + 1);
}

#[tokio::test]
async fn unequal_operations_are_kept_apart() {
    let (watched, batch) = batched(BatchLayer::new());
    let of = |millis| Deadline::after(Duration::from_millis(millis)).unwrap();
    // Two of each kind, the earlier deadline last.
    let short = [of(1_500), of(1_400)];
    let long = [of(100_000), of(90_000)];
    let cx = Context::new();
    let mut contexts = vec![cx, cx];
    contexts.extend(short.map(|deadline| cx.with_deadline(deadline)));
    contexts.extend(long.map(|deadline| cx.with_deadline(deadline)));
    contexts.extend([cx.with_lifetimes(), cx.with_lifetimes()]);
    contexts.extend([cx.with_reads(Reads::Replica), cx.with_reads(Reads::Replica)]);
    let found = contexts.iter().map(|cx| {
        let batch = &batch;
        async move { batch.get(cx, &[key(1)]).await }
    });
    for found in join_all(found).await {
        assert_eq!(found.unwrap(), [None]);
    }
    let calls = watched.calls();
    assert_eq!(counts(&calls, "get"), [2; 5]);
    let batch = cx.for_operation("batch");
    for expected in [
        batch,
        batch.with_deadline(short[1]),
        batch.with_deadline(long[1]),
        batch.with_lifetimes(),
        batch.with_reads(Reads::Replica),
    ] {
        assert!(calls.iter().any(|call| call.cx == expected), "{calls:?}");
    }
}

#[tokio::test]
async fn a_call_is_no_larger_than_it_may_be() {
    let layer = BatchLayer::new().max_operations(size(10)).max_bytes(2_500);
    let (watched, batch) = batched(layer);
    let cx = Context::new();
    let gets = (0..35).map(|id| {
        let (batch, cx) = (&batch, &cx);
        async move { batch.get(cx, &[key(id)]).await }
    });
    assert!(join_all(gets).await.iter().all(Result::is_ok));
    assert_eq!(counts(&watched.calls(), "get"), [10, 10, 10, 5]);

    let (large, huge) = (vec![b'x'; 1_000], vec![b'x'; 3_000]);
    let puts = (0..5).map(|id| {
        let value = if id == 2 { &huge } else { &large };
        batch.commit(&cx, put(id, 1, value))
    });
    assert!(join_all(puts).await.iter().all(Result::is_ok));
    let calls = watched.calls();
    assert_eq!(counts(&calls, "commit_many"), [2, 2]);
    assert_eq!(counts(&calls, "commit"), [1]);
}

#[tokio::test]
async fn calls_under_way_are_bounded_and_come_in_order() {
    let layer = BatchLayer::new()
        .max_operations(size(4))
        .max_in_flight(size(2));
    let (watched, batch) = batched(layer);
    watched.slowness.store(3, Ordering::SeqCst);
    let cx = Context::new();
    let gets = (0..40).map(|id| {
        let (batch, cx) = (&batch, &cx);
        async move { batch.get(cx, &[key(id)]).await }
    });
    assert!(join_all(gets).await.iter().all(Result::is_ok));
    assert_eq!(counts(&watched.calls(), "get"), [4; 10]);
    assert_eq!(watched.most_under_way.load(Ordering::SeqCst), 2);
}

#[test]
fn outside_of_a_runtime_each_is_sent_by_itself() {
    let (watched, batch) = batched(BatchLayer::new());
    let found = batch.get(&Context::new(), &[key(1)]).now_or_never();
    assert_eq!(found.expect("memory waits for nobody").unwrap(), [None]);
    assert_eq!(counts(&watched.calls(), "get"), [1]);
}
