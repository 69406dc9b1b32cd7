//! `PgBouncer` in transaction mode: more clients than connections, doing everything, without an error.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use typed_state::backends::{Postgres, PostgresConfig, PostgresConfigBuilder};
use typed_state::testing::TestResult;
use typed_state::{Counter, Error, ErrorKind, StateKey, Store, Ttl};
use typed_state_tests::postgres::{fresh_table, quick_server};
use typed_state_tests::servers::PgBouncer;

const CLIENTS: u64 = 16;
/// It takes everybody at his word, too, and tries a server that failed again at once.
const TRUST: [&str; 2] = ["auth_type = trust", "server_login_retry = 0.1"];
const LASTS: Duration = Duration::from_secs(3);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "note", value = u64, ordered)]
struct Note {
    #[state(partition)]
    client: u64,
    number: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "hits", value = Counter)]
struct Hits;

fn through(bouncer: &PgBouncer, table: &str) -> PostgresConfigBuilder {
    PostgresConfig::hosts([bouncer.address().to_string()])
        .username("postgres")
        .database("postgres")
        .table(table)
        .pool_min(1)
        .pool_max(2)
        .command_timeout(Duration::from_secs(10))
        .cleanup_interval(Duration::from_secs(1))
}

/// Everything once, checked; says how much it added to the counter that all share.
async fn everything(store: &Store<Postgres>, client: u64, round: u64) -> Result<i64, Error> {
    let note = |number| Note { client, number };
    let of_client = || Note::prefix().client(client);
    let (one, two) = (note(1), note(2));
    assert!(store.insert(&one, &round).await?, "{client}");
    let (again, got) = tokio::try_join!(store.insert(&one, &0), store.get(&one))?;
    assert_eq!((again, got), (false, Some(round)));
    let old = store.put(&one, &(round + 1)).await?;
    store.replace(&one, old, &(round + 2)).await?;
    store
        .update(&one, |found| Some(found.unwrap_or(0) + 1))
        .await?;
    store
        .with_expiry(Ttl::try_from(Duration::from_mins(1))?)
        .put(&two, &7)
        .await?;
    store
        .touch(&two, Ttl::try_from(Duration::from_secs(90))?)
        .await?;
    store.ttl(&two).await?;
    let many: Vec<_> = (3..10).map(|number| (note(number), number)).collect();
    store
        .put_many(many.iter().map(|(note, number)| (note, number)))
        .await?;
    let keys: Vec<_> = (1..4).map(note).collect();
    let found = store.get_many(&keys).await?;
    assert_eq!(found, [Some(round + 3), Some(7), Some(3)]);
    let range = store
        .range(of_client())
        .reverse()
        .limit(2)
        .collect()
        .await?;
    assert_eq!(range, [(note(9), 9), (note(8), 8)]);
    assert_eq!(store.range(of_client()).count().await?, 9);
    let mut snapshot = store.snapshot::<Note>().await?;
    let first = snapshot.next(NonZeroUsize::MIN).await?;
    assert_eq!(first.len(), 1);
    drop(snapshot);
    store.counter(&Hits)?.add(1).await?;
    let mut transaction = store.transaction_across();
    assert_eq!(transaction.get(&note(3)).await?, Some(3));
    transaction
        .put(&note(3), &33)?
        .delete(&note(4))?
        .add(&Hits, 2)?;
    transaction.commit().await?;
    assert_eq!(store.take(&note(3)).await?, Some(33));
    assert_eq!(store.delete_many(&[note(4), note(5)]).await?, 1);
    assert!(store.delete(&two).await?);
    store.health().await?;
    assert_eq!(store.range(of_client()).clear().await?, 5);
    Ok(3)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_clients_share_three_connections_without_an_error() -> TestResult {
    let server = quick_server().await?;
    let bouncer = PgBouncer::start_with(server, &TRUST).await?;
    let table = fresh_table();
    let config = through(&bouncer, &table).statement_cache(false).build()?;
    // They open it at once, too.
    let stores = (0..CLIENTS).map(|_| Postgres::open(&config));
    let stores = try_join_all(stores).await?;
    let until = Instant::now() + LASTS;
    let clients = stores.into_iter().zip(0..).map(|(store, client)| {
        tokio::spawn(async move {
            let store = Store::new(store);
            let (mut added, mut round) = (0, 0);
            while Instant::now() < until || round == 0 {
                added += everything(&store, client, round).await?;
                round += 1;
            }
            TestResult::Ok((store, added, round))
        })
    });
    let (mut added, mut rounds) = (0, 0);
    let mut last = None;
    for client in try_join_all(clients).await? {
        let (store, more, of_client) = client?;
        added += more;
        rounds += of_client;
        last = Some(store);
    }
    println!("{rounds} rounds");
    let store = last.unwrap();
    assert_eq!(store.counter(&Hits)?.get().await?, added);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_outlives_its_bouncer() -> TestResult {
    let server = quick_server().await?;
    let bouncer = PgBouncer::start_with(server, &TRUST).await?;
    let table = fresh_table();
    let config = through(&bouncer, &table)
        .statement_cache(false)
        .pool_max(8)
        .command_timeout(Duration::from_secs(2));
    let store = Store::new(Postgres::open(&config.build()?).await?);
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (store, stop) = (store.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let (mut added, mut unknown) = (0_i64, 0_i64);
                while !stop.load(Ordering::Relaxed) {
                    match store.counter(&Hits)?.add(1).await {
                        Ok(_) => added += 1,
                        Err(error) if error.kind() == ErrorKind::OutcomeUnknown => unknown += 1,
                        Err(error) if error.is_retryable() => {}
                        Err(error) => return Err(error.into()),
                    }
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                TestResult::Ok((added, unknown))
            })
        })
        .collect();
    for kill in [true, false] {
        tokio::time::sleep(Duration::from_millis(200)).await;
        if kill {
            bouncer.kill()?;
            tokio::time::sleep(Duration::from_millis(100)).await;
            let error = store
                .get(&Note {
                    client: 0,
                    number: 0,
                })
                .await
                .unwrap_err();
            assert!(error.is_retryable(), "{error}");
            bouncer.start_again().await?;
        } else {
            bouncer.command("RECONNECT").await?;
        }
        let begun = Instant::now();
        while let Err(error) = store.counter(&Hits)?.get().await {
            assert!(error.is_retryable(), "{error}");
            assert!(begun.elapsed() < Duration::from_secs(3), "{error}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.store(true, Ordering::Relaxed);
    let (mut added, mut unknown) = (0, 0);
    for client in clients {
        let (more, perhaps) = client.await??;
        added += more;
        unknown += perhaps;
    }
    let total = store.counter(&Hits)?.get().await?;
    println!("{added} added, {unknown} perhaps, {total} there");
    assert!((added..=added + unknown).contains(&total));
    Ok(())
}

/// Prepared statements belong to connections that others have by then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_prepared_statements_it_says_what_to_set() -> TestResult {
    let server = quick_server().await?;
    let bouncer = PgBouncer::start_with(server, &TRUST).await?;
    let table = fresh_table();
    let config = through(&bouncer, &table).build()?;
    let mut told = Vec::new();
    'rounds: for _ in 0..20 {
        let stores = (0..4).map(|_| Postgres::open(&config));
        let stores: Vec<_> = futures_util::future::join_all(stores).await;
        for (store, client) in stores.into_iter().zip(0..) {
            let asked = async {
                let store = Store::new(store?);
                store.put(&Note { client, number: 1 }, &1).await?;
                store.get(&Note { client, number: 1 }).await?;
                store.counter(&Hits)?.add(1).await.map(drop)
            };
            if let Err(error) = asked.await {
                told.push(error);
                break 'rounds;
            }
        }
    }
    let error = told.first().unwrap();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert!(
        error.to_string().contains("statement_cache=false"),
        "{error}"
    );
    Ok(())
}
