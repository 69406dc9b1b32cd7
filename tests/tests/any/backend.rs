//! A backend whose type is forgotten does what it can, and says what it cannot.

use serde_json::{Value, json};
use typed_state::backend::Observed as _;
use typed_state::backends::{Embedded, Memory, Postgres, Redis};
use typed_state::store::Filter;
use typed_state::testing::{Fixture as _, Harness as _, TestResult};
use typed_state::{AnyBackend, Error, ErrorKind, StateKey, Store};
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::redis::{RedisHarness, RedisMode};

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "reading", value = u64, ordered)]
struct Reading {
    #[state(partition)]
    sensor: String,
    at: u64,
}

fn reading(sensor: &str, at: u64) -> Reading {
    Reading {
        sensor: sensor.to_owned(),
        at,
    }
}

fn refusal<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            error.to_string()
        }
    }
}

async fn across<T>(store: &Store<AnyBackend>, value: u64, done: T) -> Result<T, Error> {
    let mut transaction = store.transaction_across();
    transaction.put(&reading("a", 1), &value)?;
    transaction.put(&reading("b", 2), &value)?;
    transaction.commit().await?;
    Ok(done)
}

async fn all(store: &Store<AnyBackend>) -> Result<Vec<(Reading, u64)>, Error> {
    store.range_across(Reading::prefix()).collect().await
}

#[tokio::test]
async fn backends_in_this_process_open_by_url() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().to_str().ok_or("not UTF-8")?;
    for url in [
        "memory:".to_owned(),
        format!("file://{path}?durability=10ms"),
    ] {
        let store = Store::new(AnyBackend::connect(&url).await?);
        across(&store, 7, ()).await?;
        assert_eq!(
            all(&store).await?,
            [(reading("a", 1), 7), (reading("b", 2), 7)]
        );
        // Who reads from replicas asks for no less than the primary gives.
        assert_eq!(
            store.with_replica_reads().get(&reading("a", 1)).await?,
            Some(7)
        );
        let capabilities = store.capabilities();
        assert!(capabilities.transactional && capabilities.total_order);
        assert!(!capabilities.replica_reads && !capabilities.metadata);
        let message = refusal(store.metadata::<Value>(&reading("a", 1)).await);
        assert!(
            message.contains(&format!("`{}` keeps no metadata", capabilities.backend)),
            "{message}"
        );
        let metadata = json!({"k": 1});
        refusal(
            store
                .put_with_metadata(&reading("a", 1), &8, &metadata)
                .await,
        );
        let found = store
            .find::<Reading, Value>(Filter::field("k").is(1))
            .collect()
            .await;
        refusal(found);
        assert_eq!(store.get(&reading("a", 1)).await?, Some(7));
        assert!(store.backend().observations().is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn the_backend_inside_can_be_reached() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().to_str().ok_or("not UTF-8")?;
    let any = AnyBackend::connect(&format!("file://{path}")).await?;
    assert!(any.downcast_ref::<Memory>().is_none());
    let embedded = any.downcast_ref::<Embedded>().ok_or("no embedded")?;
    assert_eq!(embedded.directory(), directory.path());
    embedded.close().await?;
    let error = Store::new(any.clone())
        .get(&reading("a", 1))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(format!("{any:?}"), "AnyBackend(\"embedded\")");
    Ok(())
}

#[tokio::test]
async fn redis_refuses_what_reaches_over_partitions() -> TestResult {
    let fixture = RedisHarness(RedisMode::Standalone).fresh().await?;
    let store = Store::new(AnyBackend::from(Redis::clone(fixture.backend())));
    let message = refusal(across(&store, 7, ()).await);
    assert!(
        message.contains("`redis` has no commits over several partitions"),
        "{message}"
    );
    let message = refusal(all(&store).await);
    assert!(
        message.contains("`redis` has no ranges over several partitions"),
        "{message}"
    );
    refusal(store.metadata::<Value>(&reading("a", 1)).await);
    assert_eq!(store.get(&reading("a", 1)).await?, None);
    store.put(&reading("a", 1), &7).await?;
    let in_one = store.range(Reading::prefix().sensor("a")).collect().await?;
    assert_eq!(in_one, [(reading("a", 1), 7)]);
    assert_eq!(
        store.with_replica_reads().get(&reading("a", 1)).await?,
        Some(7)
    );
    assert!(store.capabilities().replica_reads);
    let observed = store.backend().observations();
    let labels: Vec<_> = observed.iter().map(|one| &one.labels[..]).collect();
    let expected = ["active", "idle", "waiting", "shared"];
    assert_eq!(labels, expected.map(|state| [("state", state.into())]));
    Ok(())
}

#[tokio::test]
async fn postgres_has_all_that_it_has() -> TestResult {
    let fixture = PostgresHarness(PostgresMode::Direct).fresh().await?;
    let store = Store::new(AnyBackend::from(Postgres::clone(fixture.backend())));
    across(&store, 7, ()).await?;
    assert_eq!(all(&store).await?.len(), 2);
    let metadata = json!({"k": 1});
    store
        .put_with_metadata(&reading("c", 3), &8, &metadata)
        .await?;
    assert_eq!(
        store.metadata::<Value>(&reading("c", 3)).await?,
        Some(metadata)
    );
    assert!(store.capabilities().metadata);
    assert_eq!(store.backend().observations().len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_backend_that_is_not_the_librarys_has_what_every_backend_has() -> TestResult {
    let fixture = PostgresHarness(PostgresMode::Direct).fresh().await?;
    let backend = Postgres::clone(fixture.backend());
    let plain = Store::new(AnyBackend::new(backend.clone()));
    across(&plain, 7, ()).await?;
    refusal(plain.metadata::<Value>(&reading("a", 1)).await);
    let full = Store::new(AnyBackend::with_metadata(backend));
    assert_eq!(full.metadata::<Value>(&reading("a", 1)).await?, None);
    Ok(())
}
