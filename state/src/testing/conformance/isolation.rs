//! What concurrent transactions of one partition see of each other: never a part.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::fixtures::{label, tally, text};
use super::support::{Trial, refused, together};
use crate::testing::Harness;
use crate::{Counter, ErrorKind};

/// Shows that two keys which every writer keeps equal are never seen unequal by a transaction that reads both.
pub async fn pairs_kept_equal_are_never_seen_unequal<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let clients = trial.clients().await;
    let rounds = trial.scaled(500);
    let writing = Arc::new(AtomicUsize::new(3));
    let confirmed = Arc::new(AtomicUsize::new(0));
    together(6, |task| {
        let (store, writing, confirmed) = (
            clients[task % 2].clone(),
            Arc::clone(&writing),
            Arc::clone(&confirmed),
        );
        let (left, right) = (label("t", "left"), label("t", "right"));
        async move {
            if task < 3 {
                for round in 0..rounds {
                    let value = text(format!("{task}/{round}"));
                    let mut tx = store.transaction();
                    if round % 10 == 9 {
                        tx.delete(&left).unwrap();
                        tx.delete(&right).unwrap();
                    } else {
                        tx.put(&left, &value).unwrap();
                        tx.put(&right, &value).unwrap();
                    }
                    tx.commit().await.unwrap();
                }
                writing.fetch_sub(1, Ordering::SeqCst);
                return;
            }
            loop {
                let last = writing.load(Ordering::SeqCst) == 0;
                let mut tx = store.transaction();
                let a = tx.get(&left).await.unwrap();
                let b = tx.get(&right).await.unwrap();
                match tx.commit().await {
                    Ok(_) => {
                        assert_eq!(a, b, "a confirmed transaction saw half a commit");
                        confirmed.fetch_add(1, Ordering::SeqCst);
                    }
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
                }
                if last {
                    return;
                }
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
    assert!(
        confirmed.load(Ordering::SeqCst) >= 3,
        "each reader confirms at least its last look"
    );
}

/// Shows that transfers between accounts of one partition never lose or make money, whoever races.
pub async fn transfers_keep_the_sum<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let clients = trial.clients().await;
    let rounds = trial.scaled(200);
    for account in 0..4 {
        trial
            .store
            .put(&label("bank", &account.to_string()), &text("100"))
            .await
            .unwrap();
    }
    together(8, |task| {
        let store = clients[task % 2].clone();
        let offset = u32::try_from(task).unwrap();
        async move {
            for round in 0..rounds {
                let (from, to) = (offset + round, offset + round + 1 + round % 3);
                let from = label("bank", &(from % 4).to_string());
                let to = label("bank", &(to % 4).to_string());
                let amount = i64::from(round % 7) - 3;
                loop {
                    let mut tx = store.transaction();
                    let number = |value: Option<super::fixtures::Text>| -> i64 {
                        value.expect("no account is deleted").0.parse().unwrap()
                    };
                    let left = number(tx.get(&from).await.unwrap()) - amount;
                    let right = number(tx.get(&to).await.unwrap()) + amount;
                    tx.put(&from, &text(left.to_string())).unwrap();
                    tx.put(&to, &text(right.to_string())).unwrap();
                    tx.add(&tally("bank", 1), 1).unwrap();
                    match tx.commit().await {
                        Ok(_) => break,
                        Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
                    }
                    tokio::task::yield_now().await;
                }
            }
        }
    })
    .await;
    let accounts: Vec<_> = (0..4)
        .map(|account| label("bank", &account.to_string()))
        .collect();
    let balances = trial.store.get_many(&accounts).await.unwrap();
    let sum: i64 = balances
        .into_iter()
        .map(|balance| {
            balance
                .expect("no account is deleted")
                .0
                .parse::<i64>()
                .unwrap()
        })
        .sum();
    assert_eq!(sum, 400);
    let transfers = trial
        .store
        .counter(&tally("bank", 1))
        .unwrap()
        .get()
        .await
        .unwrap();
    assert_eq!(
        transfers,
        8 * i64::from(rounds),
        "each transfer is counted once, in its own commit"
    );
}

/// Shows that of two transactions which each read both keys and write one, only one commits (no write skew).
pub async fn of_two_crossing_transactions_one_commits<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let (left, right) = (label("t", "left"), label("t", "right"));
    store.put(&left, &text("on")).await.unwrap();
    store.put(&right, &text("on")).await.unwrap();
    let mut one = store.transaction();
    let mut two = store.transaction();
    for tx in [&mut one, &mut two] {
        assert_eq!(tx.get(&left).await.unwrap(), Some(text("on")));
        assert_eq!(tx.get(&right).await.unwrap(), Some(text("on")));
    }
    one.put(&left, &text("off")).unwrap();
    two.put(&right, &text("off")).unwrap();
    one.commit().await.unwrap();
    refused(two.commit().await, ErrorKind::Conflict);
    assert_eq!(store.get(&right).await.unwrap(), Some(text("on")));
}

/// Shows that what a transaction found absent is a condition, too: a key that appeared meanwhile is a conflict.
pub async fn what_was_absent_must_still_be_absent<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let mut tx = store.transaction();
    assert_eq!(tx.get(&label("t", "a")).await.unwrap(), None);
    tx.put(&label("t", "b"), &text("b")).unwrap();
    store.put(&label("t", "a"), &text("a")).await.unwrap();
    refused(tx.commit().await, ErrorKind::Conflict);
    assert_eq!(store.get(&label("t", "b")).await.unwrap(), None);
}

/// Shows that a task which gave up waiting for its commit leaves all of it applied or nothing.
pub async fn an_abandoned_commit_applies_wholly_or_not_at_all<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    for round in 0..trial.scaled(200) {
        let store = trial.store.clone();
        let (begins, has_begun) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(async move {
            let mut tx = store.transaction();
            for name in ["a", "b", "c"] {
                tx.put(&label("t", name), &text(round.to_string())).unwrap();
            }
            begins.send(()).unwrap();
            tx.commit().await
        });
        has_begun.await.unwrap();
        for _ in 0..round % 8 {
            tokio::task::yield_now().await;
        }
        task.abort();
        let _ = task.await;
        let mut tx = trial.store.transaction();
        let names = ["a", "b", "c"].map(|name| label("t", name));
        let values = tx.get_many(&names).await.unwrap();
        match tx.commit().await {
            Ok(_) => assert!(
                values.iter().all(|value| *value == values[0]),
                "an abandoned commit was seen in part: {values:?}"
            ),
            // It was applied between the read and the commit, which the next round looks at.
            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
        }
    }
}

/// Shows that a transaction reads its own writes, and that what stood there before is a condition even so.
pub async fn a_transaction_reads_its_own_writes<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let store = &trial.store;
    let (key, counter) = (label("t", "a"), tally("t", 1));
    store.put(&key, &text("old")).await.unwrap();
    for interferes in [false, true] {
        let mut tx = store.transaction();
        tx.put(&key, &text("new")).unwrap();
        tx.add(&counter, 2).unwrap();
        tx.add(&counter, 3).unwrap();
        assert_eq!(tx.get(&key).await.unwrap(), Some(text("new")));
        assert_eq!(tx.get(&counter).await.unwrap(), Some(Counter(5)));
        tx.delete(&key).unwrap();
        assert_eq!(tx.get(&key).await.unwrap(), None);
        tx.put(&key, &text("newest")).unwrap();
        if interferes {
            store.put(&key, &text("another's")).await.unwrap();
            refused(tx.commit().await, ErrorKind::Conflict);
            assert_eq!(store.get(&key).await.unwrap(), Some(text("another's")));
            assert_eq!(store.get(&counter).await.unwrap(), None);
        } else {
            tx.commit().await.unwrap();
            assert_eq!(store.get(&key).await.unwrap(), Some(text("newest")));
            assert!(store.counter(&counter).unwrap().reset().await.unwrap());
        }
    }
}
