//! Locks: one holder at a time, fences that rise, and writes that are refused after a loss.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::fixtures::{Label, Single, Text, Twin, label};
use super::support::{Trial, together, ttl};
use crate::backend::Notify;
use crate::lock::{Fence, Loss};
use crate::testing::Harness;
use crate::{ErrorKind, Store};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// A time to live that ends within a test, and after how long it is over.
const SHORT: i64 = 300;
const OVER: u64 = 310;
/// Of a grant that is renewed in time by a store that may be slow, in ms, and a part of it: ten are more than it.
const RENEWED: i64 = 900;
const STEP: u64 = 190;
/// A time to live that does not end.
const LONG: i64 = 60_000;

const KEY: Single = Single { id: 1 };

fn text(text: &str) -> Text {
    Text(text.to_owned())
}

/// Shows that nobody else gets a lock while it is held, that another key's is free, and that it is free after its release.
pub async fn one_holder_at_a_time<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let [store, other] = trial.clients().await;
    let held = store.lock(&KEY).holder("me").acquire().await.unwrap();
    assert!(other.lock(&KEY).try_acquire().await.unwrap().is_none());
    assert!(store.lock(&KEY).try_acquire().await.unwrap().is_none());
    let limit = Duration::from_millis(500);
    let refused = other.lock(&KEY).acquire_within(limit).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Timeout, "{refused}");
    assert!(refused.to_string().contains("`me`"), "{refused}");
    let holder = other.lock(&KEY).current().await.unwrap().unwrap();
    assert_eq!((holder.name.as_str(), holder.fence), ("me", held.fence()));
    let twin = other.lock(&Single { id: 2 }).try_acquire().await.unwrap();
    assert!(twin.is_some(), "another key has another lock");
    held.release().await.unwrap();
    assert_eq!(other.lock(&KEY).current().await.unwrap(), None);
    assert!(other.lock(&KEY).try_acquire().await.unwrap().is_some());
}

/// Shows that keys of different types and partitions have locks of their own, however much their bytes are alike.
pub async fn each_key_has_a_lock_of_its_own<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let store = Trial::new(harness).await.store;
    let keys = [
        label("a", "b"),
        label("a", "bc"),
        label("ab", "c"),
        label("", "abc"),
    ];
    let mut held = Vec::new();
    for key in &keys {
        held.push(store.lock(key).try_acquire().await.unwrap().unwrap());
    }
    let twin = Twin { id: 1 };
    let single = store.lock(&KEY).try_acquire().await.unwrap();
    let twin = store.lock(&twin).try_acquire().await.unwrap();
    assert!(single.is_some() && twin.is_some());
}

/// Shows that each grant has a greater fence than those before, after a release and after an expiry.
pub async fn fences_rise<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let clients = trial.clients().await;
    let mut last: Option<Fence> = None;
    for round in 0..5 {
        let store = &clients[round % 2];
        let lock = store.lock(&KEY).ttl(ttl(SHORT)).renewed(false);
        let guard = lock.acquire().await.unwrap();
        assert!(
            Some(guard.fence()) > last,
            "{} after {last:?}",
            guard.fence()
        );
        last = Some(guard.fence());
        if round < 2 {
            trial.pass(OVER).await;
        } else {
            guard.release().await.unwrap();
        }
    }
}

/// Shows that who holds a lock no more can write nothing, learns of it, and takes it from nobody.
pub async fn a_holder_that_lost_it_is_refused<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let [store, other] = trial.clients().await;
    let lock = store.lock(&KEY).ttl(ttl(SHORT)).renewed(false);
    let late = lock.acquire().await.unwrap();
    late.put(&text("first")).await.unwrap();
    let mut transaction = late.transaction();
    transaction.put(&KEY, &text("late")).unwrap();
    trial.pass(OVER).await;
    let next = other.lock(&KEY).ttl(ttl(LONG)).acquire().await.unwrap();
    assert_eq!(next.get().await.unwrap(), Some(text("first")));
    next.put(&text("second")).await.unwrap();
    for refused in [
        late.put(&text("late")).await.unwrap_err(),
        late.delete().await.unwrap_err(),
        transaction.commit().await.unwrap_err(),
    ] {
        assert_eq!(refused.kind(), ErrorKind::LockLost, "{refused}");
    }
    timeout(PATIENCE, late.lost()).await.unwrap();
    assert!(!late.is_held());
    assert!(late.remaining().is_zero());
    let refused = late.release().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LockLost, "{refused}");
    assert_eq!(next.get().await.unwrap(), Some(text("second")));
    next.release().await.unwrap();
}

/// Shows that the store refuses a holder whose grant has expired, also where nobody has it after him.
pub async fn an_expired_grant_is_refused_by_the_store<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let lock = trial.store.lock(&KEY).ttl(ttl(SHORT)).renewed(false);
    let late = lock.acquire().await.unwrap();
    trial.pass(OVER).await;
    let refused = late.put(&text("late")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LockLost, "{refused}");
    assert_eq!(trial.store.get(&KEY).await.unwrap(), None);
}

/// Shows that a grant is renewed for as long as its guard lives, and no longer.
pub async fn a_grant_is_renewed<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let [store, other] = trial.clients().await;
    let lock = store.lock(&KEY).ttl(ttl(RENEWED));
    let guard = lock.acquire().await.unwrap();
    for _ in 0..10 {
        // A manual clock goes as the machine's does.
        tokio::time::sleep(Duration::from_millis(STEP)).await;
        if trial.clock_is_manual() {
            trial.pass(STEP).await;
        }
        assert!(other.lock(&KEY).try_acquire().await.unwrap().is_none());
    }
    assert!(guard.is_held());
    guard.put(&text("held")).await.unwrap();
    guard.extend(ttl(LONG)).await.unwrap();
    assert!(guard.remaining() > Duration::from_secs(30));
    trial.pass(OVER).await;
    guard.put(&text("extended")).await.unwrap();
    guard.extend(ttl(SHORT)).await.unwrap();
    drop(guard);
    let next = other.lock(&KEY).acquire_within(PATIENCE).await.unwrap();
    assert_eq!(next.get().await.unwrap(), Some(text("extended")));
}

/// Shows that a lock that is taken away is noticed at the next renewal.
pub async fn a_removed_record_is_noticed<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let guard = trial
        .store
        .lock(&KEY)
        .ttl(ttl(SHORT))
        .acquire()
        .await
        .unwrap();
    trial.delete_raw(guard.record_key()).await;
    let loss = timeout(PATIENCE, guard.lost()).await.unwrap();
    assert_eq!(loss, Loss::Taken);
    let refused = guard
        .while_held(std::future::pending::<()>())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LockLost);
}

/// Shows that those that wait get the lock when it is released, one after the other.
pub async fn a_release_lets_the_next_in<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let clients = trial.clients().await;
    let first = clients[0]
        .lock(&KEY)
        .ttl(ttl(LONG))
        .acquire()
        .await
        .unwrap();
    let waiters = (0..4).map(|n| {
        let store = clients[n % 2].clone();
        tokio::spawn(async move {
            let guard = store
                .lock(&KEY)
                .ttl(ttl(LONG))
                .acquire_within(PATIENCE)
                .await?;
            guard.release().await
        })
    });
    let waiters: Vec<_> = waiters.collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    first.release().await.unwrap();
    for waiter in waiters {
        waiter.await.unwrap().unwrap();
    }
}

/// Shows that those that wait in order get it in order, and that one that goes away is passed over.
pub async fn waiters_in_order_get_it_in_order<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let clients = trial.clients().await;
    let lock = |n: usize| clients[n % 2].lock(&KEY).ttl(ttl(LONG)).fair(true);
    let first = lock(0).acquire().await.unwrap();
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut waiters = Vec::new();
    for n in 0..4 {
        let (lock, order) = (lock(n), Arc::clone(&order));
        waiters.push(tokio::spawn(async move {
            let guard = lock.acquire_within(PATIENCE).await.unwrap();
            order.lock().unwrap().push(n);
            guard.release().await.unwrap();
        }));
        wait_for_queue(&clients[0], n + 1).await;
    }
    waiters[1].abort();
    first.release().await.unwrap();
    for (n, waiter) in waiters.into_iter().enumerate() {
        assert_eq!(waiter.await.is_ok(), n != 1);
    }
    assert_eq!(*order.lock().unwrap(), [0, 2, 3]);
    assert!(lock(0).try_acquire().await.unwrap().is_some());
}

async fn wait_for_queue<B: Notify>(store: &Store<B>, len: usize) {
    let waits = async {
        while store.lock(&KEY).waiters().await.unwrap() < len {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(PATIENCE, waits).await.unwrap();
}

/// Shows that an acquisition that is dropped at any moment leaves nothing held.
pub async fn a_dropped_acquisition_holds_nothing<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    for round in 0..trial.scaled(60) {
        let lock = store.lock(&KEY).ttl(ttl(LONG)).fair(round % 2 == 0);
        let moment = Duration::from_micros(u64::from(round) * 37 % 1_500);
        drop(timeout(moment, lock.acquire()).await);
    }
    let guard = store.lock(&KEY).acquire_within(PATIENCE).await.unwrap();
    guard.release().await.unwrap();
}

/// Shows that reading and writing in turns under a lock loses nothing, without any condition on what was read.
pub async fn sections_under_a_lock_lose_nothing<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let clients = trial.clients().await;
    let sections = trial.scaled(25);
    together(4, |n| {
        let store = clients[n % 2].clone();
        async move {
            for _ in 0..sections {
                let guard = store.lock(&KEY).acquire_within(PATIENCE).await.unwrap();
                let so_far = guard
                    .get()
                    .await
                    .unwrap()
                    .map_or(String::new(), |text| text.0);
                guard.put(&Text(so_far + "x")).await.unwrap();
                guard.release().await.unwrap();
            }
        }
    })
    .await;
    let done = trial.store.get(&KEY).await.unwrap().unwrap();
    assert_eq!(done.0.len(), usize::try_from(sections * 4).unwrap());
}

/// Shows that a guard writes the whole partition of its key, and no other.
pub async fn a_guards_transaction_reaches_its_partition<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let store = Trial::new(harness).await.store;
    let guard = store.lock(&label("acme", "a")).acquire().await.unwrap();
    let mut transaction = guard.transaction();
    transaction.put(&label("acme", "b"), &text("b")).unwrap();
    let elsewhere: Label = label("other", "b");
    let refused = transaction.put(&elsewhere, &text("c")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
    transaction.commit().await.unwrap();
    assert_eq!(
        store.get(&label("acme", "b")).await.unwrap(),
        Some(text("b"))
    );
    guard.release().await.unwrap();
}

/// Shows that one candidate at a time leads, that terms rise, and that observers learn of each leader in order.
pub async fn one_candidate_leads<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let [store, other] = trial.clients().await;
    let mut leaders = other.election(&KEY).observe();
    assert_eq!(leaders.next().await.unwrap(), None);
    let first = store
        .election(&KEY)
        .candidate("a")
        .campaign()
        .await
        .unwrap();
    let told = timeout(PATIENCE, leaders.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!((told.name.as_str(), told.fence), ("a", first.term()));
    let candidate = other.election(&KEY).candidate("b");
    let refused = candidate
        .campaign_within(Duration::from_millis(500))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Timeout, "{refused}");
    let campaign = tokio::spawn(async move { candidate.campaign().await });
    let mut work = first.transaction();
    work.put(&KEY, &text("a")).unwrap();
    first.while_leading(work.commit()).await.unwrap().unwrap();
    let term = first.term();
    first.resign().await.unwrap();
    let second = timeout(PATIENCE, campaign).await.unwrap().unwrap().unwrap();
    assert!(second.term() > term && second.is_leading());
    loop {
        match timeout(PATIENCE, leaders.next()).await.unwrap().unwrap() {
            // Between the two nobody led.
            None => {}
            Some(leader) => {
                assert_eq!((leader.name.as_str(), leader.fence), ("b", second.term()));
                break;
            }
        }
    }
}

/// Shows that a semaphore has as many holders as permits, and that a released permit goes to one that waits.
pub async fn a_semaphore_has_so_many_holders<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let [store, other] = trial.clients().await;
    let permits = NonZeroU16::new(3).unwrap();
    let semaphore = |store: &Store<_>| store.semaphore(&KEY, permits).ttl(ttl(LONG));
    let mut held = Vec::new();
    for n in 0..3 {
        let store = [&store, &other][n % 2];
        held.push(semaphore(store).try_acquire().await.unwrap().unwrap());
    }
    assert!(semaphore(&other).try_acquire().await.unwrap().is_none());
    assert_eq!(semaphore(&store).held().await.unwrap(), 3);
    let lock = store.lock(&KEY).try_acquire().await.unwrap();
    assert!(lock.is_some(), "the lock of the same key is another");
    let waiter = semaphore(&other);
    let waiter = tokio::spawn(async move { waiter.acquire_within(PATIENCE).await });
    held.remove(1).release().await.unwrap();
    let permit = waiter.await.unwrap().unwrap();
    assert!(permit.is_held());
    assert!(semaphore(&store).try_acquire().await.unwrap().is_none());
    drop((permit, held));
    for _ in 0..3 {
        let permit = semaphore(&store).acquire_within(PATIENCE).await.unwrap();
        permit.release().await.unwrap();
    }
}
