//! Counters: exact over the whole range of `i64`, under any concurrency.

use super::fixtures::{label, tally, text};
use super::support::{Trial, conflict_of, key_of, refused, together, ttl};
use crate::backend::{Effect, encode_counter};
use crate::store::Lifetime;
use crate::testing::Harness;
use crate::{Counter, ErrorKind, Expiry};

/// Shows that a counter starts at zero, adds and subtracts, and can be reset.
pub async fn a_counter_counts<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = tally("t", 1);
    let counter = store.counter(&key).unwrap();
    assert_eq!(counter.get().await.unwrap(), 0);
    assert_eq!(
        store.get(&key).await.unwrap(),
        None,
        "reading a counter creates nothing"
    );
    assert_eq!(counter.add(5).await.unwrap(), 5);
    assert_eq!(counter.add(-12).await.unwrap(), -7);
    assert_eq!(counter.add(0).await.unwrap(), -7);
    assert_eq!(counter.get().await.unwrap(), -7);
    assert_eq!(store.get(&key).await.unwrap(), Some(Counter(-7)));
    assert_eq!(
        store.counter(&tally("t", 2)).unwrap().get().await.unwrap(),
        0
    );
    assert!(counter.reset().await.unwrap());
    assert!(!counter.reset().await.unwrap());
    assert_eq!(counter.get().await.unwrap(), 0);
    assert_eq!(counter.add(1).await.unwrap(), 1);
}

/// Shows that a counter is a value like others: it can be put, read, replaced and counted on.
pub async fn a_counter_is_a_value<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let key = tally("t", 1);
    let revision = store.put(&key, &Counter(40)).await.unwrap();
    assert_eq!(store.counter(&key).unwrap().add(2).await.unwrap(), 42);
    assert_eq!(store.get(&key).await.unwrap(), Some(Counter(42)));
    let error = refused(
        store.replace(&key, revision, &Counter(0)).await,
        ErrorKind::Conflict,
    );
    assert!(conflict_of(&error)[0].current.is_some());
    let raw = trial
        .get_raw(&key_of(&key))
        .await
        .expect("the counter's entry");
    assert_eq!(
        raw.value[..],
        encode_counter(42),
        "the bytes of a counter are the same on every backend"
    );
}

/// Shows that additions at both ends of `i64` are exact, and that past them is an error which leaves the
/// counter as it was.
pub async fn a_counter_is_exact_to_the_ends_of_its_range<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    // Past 2^53 a double no longer tells neighbours apart, and some stores count in doubles.
    for start in [1 << 53, -(1 << 53), i64::MAX - 2, i64::MIN + 2, 0] {
        let key = tally("exact", 1);
        store.put(&key, &Counter(start)).await.unwrap();
        for step in [1, 1, -1, -1, -1, -1, 1] {
            let before = store.counter(&key).unwrap().get().await.unwrap();
            assert_eq!(
                store.counter(&key).unwrap().add(step).await.unwrap(),
                before + step
            );
        }
    }
    for (key, end, step) in [(tally("t", 1), i64::MAX, 1), (tally("t", 2), i64::MIN, -1)] {
        let counter = store.counter(&key).unwrap();
        assert_eq!(counter.add(end).await.unwrap(), end);
        let before = trial.get_raw(&key_of(&key)).await;
        for past in [step, end] {
            let error = refused(counter.add(past).await, ErrorKind::Overflow);
            assert!(!error.is_retryable());
        }
        assert_eq!(
            trial.get_raw(&key_of(&key)).await,
            before,
            "a refused addition changes nothing"
        );
        assert_eq!(counter.add(-step).await.unwrap(), end - step);
        assert_eq!(counter.add(step).await.unwrap(), end);
    }
    let key = tally("t", 3);
    store.put(&key, &Counter(-1)).await.unwrap();
    assert_eq!(
        store
            .counter(&key)
            .unwrap()
            .add(i64::MIN + 1)
            .await
            .unwrap(),
        i64::MIN
    );
    assert_eq!(
        store.counter(&key).unwrap().add(i64::MAX).await.unwrap(),
        -1
    );
}

/// Shows that 16 tasks × 1,000 additions sum up exactly, and that no two of them are answered alike.
pub async fn concurrent_additions_are_exact<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let rounds = trial.scaled(1_000);
    let clients = trial.clients().await;
    let answers = together(16, |task| {
        let store = clients[task % 2].clone();
        async move {
            let mut answers = Vec::new();
            for _ in 0..rounds {
                answers.push(store.counter(&tally("t", 1)).unwrap().add(1).await.unwrap());
            }
            answers
        }
    })
    .await;
    let total = 16 * i64::from(rounds);
    assert_eq!(
        trial
            .store
            .counter(&tally("t", 1))
            .unwrap()
            .get()
            .await
            .unwrap(),
        total
    );
    assert!(
        answers.iter().all(|task| task.is_sorted()),
        "a task saw the counter go back"
    );
    let mut answers: Vec<_> = answers.into_iter().flatten().collect();
    answers.sort_unstable();
    assert!(
        answers.into_iter().eq(1..=total),
        "an answer was given twice"
    );
}

/// Shows that additions in a commit apply in order, each answering what it left, and that one overflow
/// among them takes back the whole commit.
pub async fn additions_in_a_commit_apply_in_order_or_not_at_all<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let mut tx = store.transaction();
    tx.add(&tally("t", 1), 5).unwrap();
    tx.add(&tally("t", 1), -8).unwrap();
    tx.add(&tally("t", 2), i64::MAX).unwrap();
    let committed = tx.commit().await.unwrap();
    let expected = [Effect::Added(5), Effect::Added(-3), Effect::Added(i64::MAX)];
    assert_eq!(committed.effects[..], expected);

    let mut tx = store.transaction();
    tx.put(&label("t", "before"), &text("x")).unwrap();
    tx.add(&tally("t", 1), 1).unwrap();
    tx.add(&tally("t", 2), 1).unwrap();
    tx.put(&label("t", "after"), &text("x")).unwrap();
    let error = refused(tx.commit().await, ErrorKind::Overflow);
    assert!(error.conflict().is_none());
    assert_eq!(store.get(&label("t", "before")).await.unwrap(), None);
    assert_eq!(store.get(&label("t", "after")).await.unwrap(), None);
    assert_eq!(
        store.counter(&tally("t", 1)).unwrap().get().await.unwrap(),
        -3
    );
    assert_eq!(
        store.counter(&tally("t", 2)).unwrap().get().await.unwrap(),
        i64::MAX
    );

    // The way there counts, not only the end: MAX + 1 - 1 leaves the range in between.
    let mut tx = store.transaction();
    tx.add(&tally("t", 2), 1).unwrap();
    tx.add(&tally("t", 2), -1).unwrap();
    refused(tx.commit().await, ErrorKind::Overflow);
}

/// Shows that adding to an entry that is no counter is an error which names the key and leaves it alone.
pub async fn adding_to_no_counter_is_refused<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let key = tally("t", 1);
    let raw = key_of(&key);
    let not_counters: [&[u8]; 5] = [b"", b"12", &[0; 8], &encode_counter(1)[..9], &[0xFF; 10]];
    for bytes in not_counters {
        trial.put_raw(&raw, bytes).await;
        let before = trial.get_raw(&raw).await;
        let error = refused(
            trial.store.counter(&key).unwrap().add(1).await,
            ErrorKind::Corrupt,
        );
        assert_eq!(error.key(), Some(raw.to_string().as_str()));
        assert_eq!(trial.get_raw(&raw).await, before);
    }
}

/// Shows that a counter's time to live is set where the addition creates it, and kept by later ones.
pub async fn a_counter_expires_as_it_was_created<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let key = tally("t", 1);
    let short = trial.store.with_expiry(Expiry::After(ttl(2_000)));
    let long = trial.store.with_expiry(Expiry::After(ttl(600_000)));
    assert_eq!(short.counter(&key).unwrap().add(1).await.unwrap(), 1);
    trial.pass(1_000).await;
    assert_eq!(long.counter(&key).unwrap().add(1).await.unwrap(), 2);
    assert_eq!(trial.store.counter(&key).unwrap().add(1).await.unwrap(), 3);
    match trial.store.ttl(&key).await.unwrap() {
        Lifetime::For(left) => assert!(left <= ttl(1_000), "{left:?} are left of 1,000 ms"),
        other => panic!("the addition changed the expiry: {other:?}"),
    }
    trial.pass(1_000).await;
    assert_eq!(trial.store.counter(&key).unwrap().get().await.unwrap(), 0);
    assert_eq!(
        long.counter(&key).unwrap().add(10).await.unwrap(),
        10,
        "an expired counter counts as zero"
    );
    match trial.store.ttl(&key).await.unwrap() {
        Lifetime::For(left) => assert!(left > ttl(2_000), "{left:?} are left of 600,000 ms"),
        other => panic!("the addition that created it has a time to live: {other:?}"),
    }
    trial.store.put(&key, &Counter(1)).await.unwrap();
    assert_eq!(short.counter(&key).unwrap().add(1).await.unwrap(), 2);
    assert_eq!(trial.store.ttl(&key).await.unwrap(), Lifetime::Forever);
}
