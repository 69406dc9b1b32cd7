//! What the metrics layer counts, number by number.

use std::collections::BTreeMap;
use std::future::pending;
use std::num::NonZeroUsize;
use std::time::Duration;

use futures_util::FutureExt as _;
use prometheus::{Registry, TextEncoder};
use serde::{Deserialize, Serialize};
use typed_state::backend::{
    Backend, Capabilities, Commit, Context, Entry, Health, Key, Observation, Observed, Outcome,
    Page, Range, Scan, Snapshot, WriteBatch, Written,
};
use typed_state::backends::{Memory, Postgres, Redis};
use typed_state::codec::{Compression, Compressor};
use typed_state::layer::{Layer as _, MetricsLayer, RetryLayer, register_observed};
use typed_state::testing::{Fixture as _, Harness as _, MemoryHarness, TestResult};
use typed_state::{
    AnyBackend, Counter, Error, ErrorKind, Expiry, ManualClock, Result, Revision, StateKey,
    StateValue, Store, Ttl,
};
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::redis::{RedisHarness, RedisMode};
use typed_state_tests::{EmbeddedHarness, Layered, Text, TextKey};

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "item", value = u64, ordered)]
struct Item {
    #[state(partition)]
    shelf: String,
    number: u64,
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "hits", value = Counter)]
struct Hits {
    page: String,
}

fn item(number: u64) -> Item {
    Item {
        shelf: "a".to_owned(),
        number,
    }
}

/// The lines of the registry's text that tell numbers, durations left out, which differ from run to run.
fn counted(registry: &Registry) -> BTreeMap<String, String> {
    let text = TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter(|line| !line.contains("_bucket{") && !line.contains("_sum{"))
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(series, value)| (series.to_owned(), value.to_owned()))
        .collect()
}

/// The lines of an operation: ok, conflict, error, cancelled.
fn of_operation(
    (backend, store): (&str, &str),
    operation: &str,
    outcomes: [u64; 4],
) -> Vec<(String, u64)> {
    let names = ["ok", "conflict", "error", "cancelled"];
    let labels = format!("backend=\"{backend}\",operation=\"{operation}\"");
    let of_outcome = |(name, count): (&str, u64)| {
        let series =
            format!("state_operations_total{{{labels},outcome=\"{name}\",store=\"{store}\"}}");
        (series, count)
    };
    let mut lines: Vec<_> = names.into_iter().zip(outcomes).map(of_outcome).collect();
    let total = outcomes.iter().sum();
    let series = format!("state_operation_duration_seconds_count{{{labels},store=\"{store}\"}}");
    lines.push((series, total));
    lines
}

fn of_bytes(backend: &str, store: &str, read: u64, written: u64) -> Vec<(String, u64)> {
    [("read", read), ("written", written)]
        .map(|(direction, bytes)| {
            let labels = format!("backend=\"{backend}\",direction=\"{direction}\"");
            (
                format!("state_bytes_total{{{labels},store=\"{store}\"}}"),
                bytes,
            )
        })
        .to_vec()
}

fn owned(lines: Vec<Vec<(String, u64)>>) -> BTreeMap<String, String> {
    let lines = lines.into_iter().flatten();
    lines
        .map(|(series, value)| (series, value.to_string()))
        .collect()
}

/// How many bytes a value of [`Item`] has in the store.
async fn encoded(value: u64) -> TestResult<u64> {
    let backend = Memory::new();
    let store = Store::new(backend.clone());
    store.put(&item(1), &value).await?;
    let mut snapshot = backend.snapshot(&Context::new(), None).await?;
    let items = snapshot.next(NonZeroUsize::MIN).await?;
    let first = items.first().ok_or("nothing was written")?;
    Ok(first.entry.value.len() as u64)
}

#[tokio::test]
async fn a_known_sequence_has_known_numbers() -> TestResult {
    let size = encoded(7).await?;
    let registry = Registry::new();
    let backend = MetricsLayer::new().over(Memory::new());
    register_observed(&registry, "", backend.clone())?;
    let store = Store::new(backend.clone());
    for number in 1..=3 {
        store.put(&item(number), &7).await?;
    }
    assert_eq!(store.get(&item(1)).await?, Some(7));
    assert_eq!(store.get(&item(9)).await?, None);
    assert_eq!(store.get_many(&[item(1), item(2), item(8)]).await?.len(), 3);
    let stale = Revision::from_bits(1);
    let error = store.replace(&item(1), stale, &8).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let counter = Hits {
        page: "/".to_owned(),
    };
    store.counter(&counter)?.add(i64::MAX).await?;
    let error = store.counter(&counter)?.add(1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overflow);
    assert_eq!(
        store
            .range(Item::prefix().shelf("a"))
            .collect()
            .await?
            .len(),
        3
    );
    let mut snapshot = store.snapshot::<Item>().await?;
    assert_eq!(snapshot.next(NonZeroUsize::MIN).await?.len(), 1);
    store.delete_many(&[item(1), item(2)]).await?;
    store.health().await?;

    let memory = ("memory", "");
    let read = size * (1 + 2 + 3 + 1);
    let lines = owned(vec![
        of_operation(memory, "put", [3, 0, 0, 0]),
        of_operation(memory, "get", [2, 0, 0, 0]),
        of_operation(memory, "get_many", [1, 0, 0, 0]),
        of_operation(memory, "replace", [0, 1, 0, 0]),
        of_operation(memory, "add", [1, 0, 1, 0]),
        of_operation(memory, "range", [1, 0, 0, 0]),
        of_operation(memory, "snapshot", [2, 0, 0, 0]),
        of_operation(memory, "delete_many", [1, 0, 0, 0]),
        of_operation(memory, "health", [1, 0, 0, 0]),
        of_bytes("memory", "", read, 3 * size),
        vec![(
            "state_errors_total{backend=\"memory\",kind=\"overflow\",store=\"\"}".to_owned(),
            1,
        )],
    ]);
    assert_eq!(counted(&registry), lines);

    let statistics = backend.statistics();
    assert_eq!(statistics.operations, 14);
    assert_eq!((statistics.conflicts, statistics.cancelled), (1, 0));
    assert_eq!(statistics.errors, [(ErrorKind::Overflow, 1)]);
    assert_eq!((statistics.hits, statistics.misses), (3, 2));
    assert_eq!(
        (statistics.bytes_read, statistics.bytes_written),
        (read, 3 * size)
    );
    let latency = statistics.latency;
    assert!(latency.p50 > Duration::ZERO && latency.p50 <= latency.p90);
    assert!(latency.p90 <= latency.p99 && latency.p99 <= latency.max);
    let names: Vec<_> = statistics
        .by_operation
        .iter()
        .map(|one| one.operation)
        .collect();
    assert_eq!(
        names,
        [
            "add",
            "delete_many",
            "get",
            "get_many",
            "health",
            "put",
            "range",
            "replace",
            "snapshot"
        ]
    );
    let shown = statistics.to_string();
    for part in [
        "14 operations: 1 conflicts, 0 cancelled, errors: 1 overflow",
        "3 hits, 2 misses; ",
        "\nput: 3 operations, p50 ",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    Ok(())
}

#[tokio::test]
async fn buckets_are_cumulative_and_end_at_the_count() -> TestResult {
    let registry = Registry::new();
    let backend = MetricsLayer::new().over(Memory::new());
    register_observed(&registry, "", backend.clone())?;
    let store = Store::new(backend);
    for number in 0..100 {
        store.put(&item(number), &7).await?;
    }
    let families = registry.gather();
    let family = families
        .iter()
        .find(|family| family.name() == "state_operation_duration_seconds");
    let family = family.ok_or("no durations")?;
    let [metric] = family.get_metric() else {
        panic!("one operation: {family:?}")
    };
    let histogram = metric.get_histogram();
    assert_eq!(histogram.get_sample_count(), 100);
    let sum = histogram.get_sample_sum();
    assert!(sum > 0.0 && sum < 100.0, "{sum}");
    let buckets = histogram.get_bucket();
    let counts: Vec<u64> = buckets
        .iter()
        .map(prometheus::proto::Bucket::cumulative_count)
        .collect();
    assert!(
        counts.is_sorted() && counts.last() == Some(&100),
        "{counts:?}"
    );
    let bounds: Vec<f64> = buckets
        .iter()
        .map(prometheus::proto::Bucket::upper_bound)
        .collect();
    assert!(bounds.is_sorted() && bounds.len() == 25, "{bounds:?}");
    assert!(
        (bounds.first().unwrap() - 1.024e-6).abs() < 1e-12,
        "{bounds:?}"
    );
    Ok(())
}

#[tokio::test]
async fn stores_share_a_registry_by_their_names() -> TestResult {
    let registry = Registry::new();
    let [orders, users, nameless] = [(); 3].map(|()| MetricsLayer::new().over(Memory::new()));
    for (name, backend) in [("orders", &orders), ("users", &users), ("", &nameless)] {
        register_observed(&registry, name, backend.clone())?;
    }
    Store::new(orders.clone()).put(&item(1), &7).await?;
    Store::new(orders.clone()).get(&item(1)).await?;
    Store::new(users).get(&item(1)).await?;
    let size = encoded(7).await?;
    let lines = owned(vec![
        of_operation(("memory", "orders"), "put", [1, 0, 0, 0]),
        of_operation(("memory", "orders"), "get", [1, 0, 0, 0]),
        of_operation(("memory", "users"), "get", [1, 0, 0, 0]),
        of_bytes("memory", "orders", size, size),
        of_bytes("memory", "users", 0, 0),
        of_bytes("memory", "", 0, 0),
    ]);
    assert_eq!(counted(&registry), lines);

    for taken in ["orders", ""] {
        let again = MetricsLayer::new().over(Memory::new());
        let error = register_observed(&registry, taken, again).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let message = error.to_string();
        assert!(
            message.contains(&format!("a store named `{taken}` already")),
            "{message}"
        );
    }
    let error = register_observed(&registry, "orders", orders).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "twice itself");
    Ok(())
}

#[tokio::test]
async fn one_store_name_may_be_on_two_backends() -> TestResult {
    let registry = Registry::new();
    let fixture = EmbeddedHarness::default().fresh().await?;
    let disk = MetricsLayer::new().over(AnyBackend::from(fixture.backend().as_ref().clone()));
    register_observed(&registry, "orders", disk.clone())?;
    register_observed(&registry, "orders", MetricsLayer::new().over(Memory::new()))?;
    Store::new(disk).get(&item(1)).await?;
    let lines = owned(vec![
        of_operation(("embedded", "orders"), "get", [1, 0, 0, 0]),
        of_bytes("embedded", "orders", 0, 0),
        of_bytes("memory", "orders", 0, 0),
    ]);
    assert_eq!(counted(&registry), lines);
    Ok(())
}

/// A backend that does not answer, or says that it cannot.
#[derive(Debug, Clone)]
struct Broken {
    answers: bool,
}

impl Observed for Broken {
    fn observations(&self) -> Vec<Observation> {
        Vec::new()
    }
}

impl Broken {
    async fn answer<T>(&self) -> Result<T> {
        if !self.answers {
            pending::<()>().await;
        }
        Err(Error::new(ErrorKind::OutcomeUnknown, "the answer was lost"))
    }
}

impl Backend for Broken {
    fn capabilities(&self) -> Capabilities {
        Capabilities::new("broken")
    }

    async fn get(&self, _: &Context, _: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.answer().await
    }

    async fn commit(&self, _: &Context, _: Commit) -> Result<Outcome> {
        self.answer().await
    }

    async fn commit_many(&self, _: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let mut answers = Vec::new();
        for _ in commits {
            answers.push(self.answer().await);
        }
        answers
    }

    async fn write(&self, _: &Context, _: WriteBatch) -> Result<Written> {
        self.answer().await
    }

    async fn range(&self, _: &Context, _: Range) -> Result<Page> {
        self.answer().await
    }

    async fn scan(&self, _: &Context, _: Scan) -> Result<Page> {
        self.answer().await
    }

    async fn snapshot(&self, _: &Context, _: Option<String>) -> Result<Snapshot> {
        self.answer().await
    }

    async fn health(&self, _: &Context) -> Result<Health> {
        self.answer().await
    }
}

#[tokio::test]
async fn a_future_that_is_dropped_counts_as_cancelled() -> TestResult {
    let registry = Registry::new();
    let backend = MetricsLayer::new().over(Broken { answers: false });
    register_observed(&registry, "", backend.clone())?;
    assert!(backend.get(&Context::new(), &[]).now_or_never().is_none());
    let put = Context::new().for_operation("put");
    let commits = vec![commit(), commit()];
    assert!(backend.commit_many(&put, commits).now_or_never().is_none());
    // A future that was never polled was never sent.
    drop(backend.get(&Context::new(), &[]));
    let lines = owned(vec![
        of_operation(("broken", ""), "other", [0, 0, 0, 1]),
        of_operation(("broken", ""), "put", [0, 0, 0, 2]),
        of_bytes("broken", "", 0, 0),
    ]);
    assert_eq!(counted(&registry), lines);
    assert_eq!(backend.statistics().cancelled, 3);
    Ok(())
}

fn commit() -> Commit {
    use typed_state::backend::{Mutation, Scope};
    let mut commit = Commit::new(Revision::from_bits(5), Scope::Partition);
    let key = Key::new(&b"item\0x"[..], 6).unwrap();
    let value = bytes::Bytes::from_static(b"12345");
    let expiry = Expiry::After(Ttl::new(Duration::from_secs(5)).unwrap());
    commit.apply(Mutation::Put { key, value, expiry }).unwrap();
    commit
}

#[tokio::test]
async fn each_of_several_commits_counts() -> TestResult {
    let registry = Registry::new();
    let broken = MetricsLayer::new().over(Broken { answers: true });
    register_observed(&registry, "", broken.clone())?;
    let update = Context::new().for_operation("update");
    let answers = broken.commit_many(&update, vec![commit(), commit()]).await;
    assert!(answers.iter().all(Result::is_err));
    let memory = MetricsLayer::new().over(Memory::builder().clock(ManualClock::default()).build());
    register_observed(&registry, "", memory.clone())?;
    let mut fails = commit();
    let absent = Key::new(&b"item\0x"[..], 6)?;
    fails.require(typed_state::backend::Condition::Absent(absent))?;
    let answers = memory.commit_many(&update, vec![commit(), fails]).await;
    assert!(matches!(
        answers[..],
        [Ok(Outcome::Applied(_)), Ok(Outcome::Conflict(_))]
    ));
    let lines = owned(vec![
        of_operation(("broken", ""), "update", [0, 0, 2, 0]),
        of_operation(("memory", ""), "update", [1, 1, 0, 0]),
        of_bytes("broken", "", 0, 0),
        of_bytes("memory", "", 0, 5),
        vec![(
            "state_errors_total{backend=\"broken\",kind=\"outcome_unknown\",store=\"\"}".to_owned(),
            2,
        )],
    ]);
    assert_eq!(counted(&registry), lines);
    Ok(())
}

#[tokio::test]
async fn pools_are_shown_as_they_are() -> TestResult {
    let registry = Registry::new();
    let redis = RedisHarness(RedisMode::Standalone).fresh().await?;
    let postgres = PostgresHarness(PostgresMode::Direct).fresh().await?;
    let redis = Redis::clone(redis.backend());
    let postgres = Postgres::clone(postgres.backend());
    register_observed(&registry, "", redis.clone())?;
    register_observed(&registry, "orders", AnyBackend::from(postgres.clone()))?;
    // What has nothing to tell is no fault.
    register_observed(&registry, "", AnyBackend::from(Memory::new()))?;
    Store::new(postgres.clone()).get(&item(1)).await?;
    let (of_redis, of_postgres) = (redis.pool_state(), postgres.pool_state());
    assert!(of_postgres.size > 0 && of_redis.connected > 0);
    let series = |backend, state, store| {
        format!(
            "state_pool_connections{{backend=\"{backend}\",state=\"{state}\",store=\"{store}\"}}"
        )
    };
    let count = |count: usize| count.to_string();
    let lines: BTreeMap<String, String> = [
        (
            series("redis", "active", ""),
            count(of_redis.size - of_redis.idle),
        ),
        (series("redis", "idle", ""), count(of_redis.idle)),
        (series("redis", "waiting", ""), count(of_redis.waiting)),
        (series("redis", "shared", ""), count(of_redis.connected)),
        (
            series("postgres", "active", "orders"),
            count(of_postgres.size - of_postgres.idle),
        ),
        (
            series("postgres", "idle", "orders"),
            count(of_postgres.idle),
        ),
        (
            series("postgres", "waiting", "orders"),
            count(of_postgres.waiting),
        ),
    ]
    .into();
    assert_eq!(counted(&registry), lines);
    let error = register_observed(&registry, "", redis).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    Ok(())
}

#[tokio::test]
async fn no_key_and_no_value_is_a_label() -> TestResult {
    let registry = Registry::new();
    let backend = MetricsLayer::new().over(Memory::new());
    register_observed(&registry, "", backend.clone())?;
    let store = Store::new(backend);
    let canary = Hits {
        page: "canary-7f3a".to_owned(),
    };
    store.counter(&canary)?.add(i64::MAX).await?;
    store.counter(&canary)?.add(1).await.unwrap_err();
    let text = TextEncoder::new().encode_to_string(&registry.gather())?;
    let told = format!(
        "{text}{}{:?}",
        store.backend().statistics(),
        store.backend()
    );
    assert!(!told.contains("canary") && !told.contains("7f3a"), "{told}");
    Ok(())
}

typed_state::conformance_tests!(
    metrics,
    Layered::new(MemoryHarness, |memory| MetricsLayer::new().over(memory)),
    transactional,
    total_order
);

/// A value that must not be compressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, StateValue)]
#[state(name = "raw", compress = "none")]
struct RawText(String);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "raw", value = RawText)]
struct RawKey {
    number: u64,
}

#[tokio::test]
async fn what_a_store_compresses_is_told_by_one_registration() -> TestResult {
    let registry = Registry::new();
    let backend = Memory::new();
    let store = Store::builder(backend.clone())
        .metrics(MetricsLayer::new())
        .retry(RetryLayer::new())
        .compression(Compression::From {
            compressor: Compressor::Lz4,
            threshold: 100,
        })
        .build();
    store.register_metrics(&registry, "texts")?;
    let statistics = || store.backend().statistics();
    let (short, long) = ("x".repeat(50), "x".repeat(10_000));
    store.put(&TextKey { number: 1 }, &Text(short)).await?;
    store
        .put(&RawKey { number: 1 }, &RawText(long.clone()))
        .await?;
    assert_eq!(statistics().compression_ratio(), None);
    assert!(
        !TextEncoder::new()
            .encode_to_string(&registry.gather())?
            .contains("compression")
    );

    store
        .put(&TextKey { number: 2 }, &Text(long.clone()))
        .await?;
    let noise: String = rand::random_iter::<char>().take(300).collect();
    store
        .put(&TextKey { number: 3 }, &Text(noise.clone()))
        .await?;
    let read = store
        .get_many(&[TextKey { number: 2 }, TextKey { number: 3 }])
        .await?;
    assert_eq!(read, [Some(Text(long)), Some(Text(noise))]);

    let told = statistics();
    let ratio = told.compression_ratio().ok_or("nothing was compressed")?;
    assert!((0.05..0.2).contains(&ratio), "{told}");
    assert!(told.to_string().contains("compressed to 1"), "{told}");
    let text = TextEncoder::new().encode_to_string(&registry.gather())?;
    let series = |rest: &str| format!("state_compression_ratio_{rest}");
    let of_store = r#"backend="memory",store="texts""#;
    for line in [
        series(&format!("bucket{{{of_store},le=\"0.1\"}} 1")),
        series(&format!("bucket{{{of_store},le=\"0.9\"}} 1")),
        series(&format!("bucket{{{of_store},le=\"1\"}} 2")),
        series(&format!("count{{{of_store}}} 2")),
        r#"state_operations_total{backend="memory",operation="put",outcome="ok",store="texts"} 4"#
            .to_owned(),
        r#"state_retries_total{backend="memory",reason="unavailable",store="texts"} 0"#.to_owned(),
    ] {
        assert!(text.contains(&line), "{line} is not in\n{text}");
    }
    Ok(())
}
