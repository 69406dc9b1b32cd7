//! Clients that race for one key: one wins, and no update is lost.

use super::fixtures::{Single, text};
use super::support::{Trial, together, ttl};
use crate::ErrorKind;
use crate::testing::Harness;

/// Shows that of several racing takes exactly one gets the value.
pub async fn of_racing_takes_one_wins<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let clients = trial.clients().await;
    for round in 0..trial.scaled(200) {
        let value = text(round.to_string());
        trial.store.put(&Single { id: 1 }, &value).await.unwrap();
        let taken = together(4, |task| {
            let store = clients[task % 2].clone();
            async move { store.take(&Single { id: 1 }).await.unwrap() }
        })
        .await;
        let winners: Vec<_> = taken.into_iter().flatten().collect();
        assert_eq!(winners, [value], "round {round}");
    }
}

/// Shows that of many racing inserts of one key exactly one succeeds, and that its value stands.
pub async fn of_racing_inserts_one_wins<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let clients = trial.clients().await;
    for round in 0..trial.scaled(100) {
        let key = Single { id: round.into() };
        let inserted = together(8, |task| {
            let (store, key) = (clients[task % 2].clone(), key.clone());
            async move { store.insert(&key, &text(task.to_string())).await.unwrap() }
        })
        .await;
        let winners: Vec<_> = (0..8).filter(|&task| inserted[task]).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        let stored = trial.store.get(&key).await.unwrap();
        assert_eq!(stored, Some(text(winners[0].to_string())), "round {round}");
    }
}

/// Shows that of two writers racing with one revision exactly one succeeds, 1,000 rounds, and that its
/// revision stands.
pub async fn of_two_writers_with_one_revision_one_wins<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let clients = trial.clients().await;
    let key = Single { id: 1 };
    let mut current = trial.store.put(&key, &text("start")).await.unwrap();
    for round in 0..trial.scaled(1_000) {
        let results = together(2, |writer| {
            let (store, key) = (clients[writer].clone(), key.clone());
            async move {
                match store
                    .replace(&key, current, &text(format!("{round}/{writer}")))
                    .await
                {
                    Ok(revision) => Some(revision),
                    Err(error) if error.kind() == ErrorKind::Conflict => None,
                    Err(error) => panic!("round {round}: {error}"),
                }
            }
        })
        .await;
        let ([Some(winner), None] | [None, Some(winner)]) = results[..] else {
            panic!("round {round}: one of two must succeed, and these did: {results:?}");
        };
        let read = trial
            .store
            .get_versioned(&key)
            .await
            .unwrap()
            .expect("never deleted");
        assert_eq!(read.revision, winner, "round {round}");
        let writer = usize::from(results[1].is_some());
        assert_eq!(read.value, text(format!("{round}/{writer}")));
        current = winner;
    }
}

/// Shows that 16 tasks × 1,000 increments through `update` lose nothing.
pub async fn concurrent_updates_lose_nothing<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let clients = trial.clients().await;
    let rounds = trial.scaled(1_000);
    let key = Single { id: 1 };
    together(16, |task| {
        let (store, key) = (clients[task % 2].clone(), key.clone());
        async move {
            for _ in 0..rounds {
                store
                    .update(&key, |old| {
                        let number: u64 = old.map_or(0, |old| old.0.parse().unwrap());
                        Some(text((number + 1).to_string()))
                    })
                    .await
                    .unwrap();
            }
        }
    })
    .await;
    let sum = (16 * rounds).to_string();
    assert_eq!(trial.store.get(&key).await.unwrap(), Some(text(sum)));
}

/// Shows that of many racing inserts over one expired entry exactly one succeeds.
pub async fn of_racing_inserts_over_the_expired_one_wins<H: Harness>(harness: &H) {
    let trial = Trial::new(harness).await;
    let clients = trial.clients().await;
    let rounds = u64::from(trial.scaled(50));
    let expiring = trial.store.with_expiry(ttl(500));
    for id in 0..rounds {
        expiring.put(&Single { id }, &text("old")).await.unwrap();
    }
    trial.pass(500).await;
    for id in 0..rounds {
        let inserted = together(6, |task| {
            let store = clients[task % 2].clone();
            async move {
                store
                    .insert(&Single { id }, &text(task.to_string()))
                    .await
                    .unwrap()
            }
        })
        .await;
        let winners: Vec<_> = (0..6).filter(|&task| inserted[task]).collect();
        assert_eq!(winners.len(), 1, "round {id}");
        let stored = trial.store.get(&Single { id }).await.unwrap();
        assert_eq!(stored, Some(text(winners[0].to_string())));
    }
}
