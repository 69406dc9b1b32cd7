//! Times to live at the ends of their range.

use std::time::Duration;

use super::fixtures::{Single, label, tally, text};
use super::support::{Trial, refused, ttl};
use crate::store::Lifetime;
use crate::testing::Harness;
use crate::{ErrorKind, Ttl};

/// Shows that a time to live of 1 ms is over after 1 ms.
pub async fn the_shortest_time_to_live<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let brief = trial.store.with_expiry(Ttl::MIN);
    brief.put(&Single { id: 1 }, &text("x")).await.unwrap();
    brief.insert(&Single { id: 2 }, &text("x")).await.unwrap();
    brief
        .put_many([(&Single { id: 3 }, &text("x"))])
        .await
        .unwrap();
    brief.counter(&tally("t", 1)).unwrap().add(1).await.unwrap();
    if trial.clock_is_manual() {
        assert_eq!(
            trial.store.ttl(&Single { id: 1 }).await.unwrap(),
            Lifetime::For(Ttl::MIN)
        );
        assert_eq!(trial.store.scan::<Single>().count().await.unwrap(), 3);
    }
    trial.pass(1).await;
    assert_eq!(trial.store.scan::<Single>().count().await.unwrap(), 0);
    for id in [1, 2, 3] {
        assert_eq!(
            trial.store.ttl(&Single { id }).await.unwrap(),
            Lifetime::Absent
        );
    }
    assert_eq!(
        trial
            .store
            .counter(&tally("t", 1))
            .unwrap()
            .get()
            .await
            .unwrap(),
        0
    );
}

/// Shows that a time to live of `i64::MAX` ms does not overflow: the entry lives, and its time is told.
pub async fn the_longest_time_to_live<H: Harness>(harness: &H) {
    // The epoch is no further from any now than this, so a moment of expiry held at the last there is
    // leaves at least the rest.
    const NOW_AT_MOST: i64 = 1 << 50;
    let trial = Trial::new(harness).await;
    let patient = trial.store.with_expiry(Ttl::MAX);
    let (put, touched, counted) = (label("t", "put"), label("t", "touched"), tally("t", 1));
    patient.put(&put, &text("x")).await.unwrap();
    trial.store.put(&touched, &text("x")).await.unwrap();
    assert!(trial.store.touch(&touched, Ttl::MAX).await.unwrap());
    patient.counter(&counted).unwrap().add(1).await.unwrap();
    trial.pass(1_000).await;
    assert_eq!(trial.store.get(&put).await.unwrap(), Some(text("x")));
    assert_eq!(trial.store.get(&touched).await.unwrap(), Some(text("x")));
    let lifetimes = [
        trial.store.ttl(&put).await.unwrap(),
        trial.store.ttl(&touched).await.unwrap(),
        trial.store.ttl(&counted).await.unwrap(),
    ];
    for lifetime in lifetimes {
        match lifetime {
            Lifetime::For(left) => assert!(
                left.as_millis() >= i64::MAX - NOW_AT_MOST,
                "{left:?} are left of i64::MAX"
            ),
            other => panic!("the longest time to live is one, not {other:?}"),
        }
    }
    trial.sweep().await;
    assert_eq!(trial.store.get(&put).await.unwrap(), Some(text("x")));
}

/// Shows that zero and negative times to live cannot be made, and that parts of a millisecond round up.
pub async fn zero_is_no_time_to_live<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    refused(Ttl::new(Duration::ZERO), ErrorKind::InvalidInput);
    refused(Ttl::new(Duration::MAX), ErrorKind::InvalidInput);
    assert_eq!(Ttl::from_millis(0), None);
    assert_eq!(Ttl::from_millis(-1), None);
    assert_eq!(Ttl::new(Duration::from_nanos(1)).unwrap(), Ttl::MIN);
    let rounded = Ttl::new(Duration::from_micros(600_000_001)).unwrap();
    assert_eq!(rounded, ttl(600_001));
    let key = Single { id: 1 };
    trial
        .store
        .with_expiry(rounded)
        .put(&key, &text("x"))
        .await
        .unwrap();
    assert!(matches!(
        trial.store.ttl(&key).await.unwrap(),
        Lifetime::For(left) if left <= rounded && left > ttl(300_000)
    ));
}
