//! A whole store as somebody says who runs the program: every option by every way, every mistake, and that a store which
//! is opened so behaves as it was said.

use std::sync::Arc;
use std::time::Duration;

use prometheus::{Registry, TextEncoder};
use typed_state::backend::{Backend as _, Consistency, Context};
use typed_state::backends::{Embedded, Memory};
use typed_state::codec::{Compressor, Envelope};
use typed_state::testing::{MemoryHarness, TestResult};
use typed_state::{AnyBackend, AnyConfig, ErrorKind, Store, StoreConfig};
use typed_state_tests::configuration::refused;
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::{Act, Layered, Scripted, Text, TextKey};

/// Every option, with a value that is not its default: as TOML writes it, and as variables do.
const OPTIONS: [(&str, &str, &str); 29] = [
    ("deadline", "'250ms'", "250ms"),
    ("default_ttl", "'1h'", "1h"),
    ("max_value_size", "1000", "1000"),
    ("compression", "'zstd'", "zstd"),
    ("compression_threshold", "10", "10"),
    ("max_retries", "7", "7"),
    ("retry_initial_delay", "'5ms'", "5ms"),
    ("retry_max_delay", "'1s'", "1s"),
    ("retry_jitter", "0.3", "0.3"),
    ("retry_attempt_timeout", "'100ms'", "100ms"),
    ("retry_receipts", "false", "false"),
    ("circuit_breaker", "false", "false"),
    ("circuit_breaker_threshold", "4", "4"),
    ("circuit_breaker_failure_rate", "0.25", "0.25"),
    ("circuit_breaker_window", "40", "40"),
    ("circuit_breaker_open_for", "'5s'", "5s"),
    ("circuit_breaker_probes", "1", "1"),
    ("metrics", "false", "false"),
    ("slow_log", "false", "false"),
    ("slow_log_threshold", "'20ms'", "20ms"),
    ("cache", "true", "true"),
    ("cache_capacity", "1000000", "1000000"),
    ("cache_ttl", "'10s'", "10s"),
    ("cache_negative_ttl", "'1s'", "1s"),
    ("cache_local", "true", "true"),
    ("batch", "true", "true"),
    ("batch_max_operations", "16", "16"),
    ("batch_max_bytes", "4096", "4096"),
    ("batch_max_in_flight", "2", "2"),
];

fn toml(document: &str) -> StoreConfig {
    StoreConfig::from_toml(document).unwrap_or_else(|error| panic!("{document}: {error}"))
}

#[test]
fn every_option_is_set_by_document_by_variable_and_by_name() {
    let default: StoreConfig = "memory:".parse().unwrap();
    assert_eq!(default.to_string(), "url = \"memory:\"\n");
    for (option, written, shown) in OPTIONS {
        let expected = format!("url = \"memory:\"\n\n[store]\n{option} = \"{shown}\"\n");
        let document = format!("backend = 'memory'\n[store]\n{option} = {written}\n");
        assert_eq!(toml(&document).to_string(), expected);
        let variable = format!("STATE_STORE_{}", option.to_uppercase());
        let variables = [("STATE_URL", "memory:"), (&variable[..], shown)];
        let config = StoreConfig::from_vars(variables).unwrap();
        assert_eq!(config.to_string(), expected);
        let config = default.clone().set(option, shown).unwrap();
        assert_eq!(config.to_string(), expected);
        // What is shown is read again.
        assert_eq!(toml(&expected).to_string(), expected);
    }
    for option in ["deadline", "circuit_breaker_failure_rate"] {
        let config = default.clone().set(option, "none").unwrap();
        assert!(config.to_string().contains("= \"none\""), "{config}");
    }
}

#[test]
fn the_backend_beside_it_is_read_as_by_itself() {
    let config = toml("url = 'redis://u:secret@h'\n[redis]\npool_max = 5\n[store]\nbatch = true\n");
    assert_eq!(config.backend().to_string(), "redis://u@h:6379?pool_max=5");
    assert!(!format!("{config} {config:?}").contains("secret"));
    // It alone has no store beside it.
    let error = AnyConfig::from_toml("backend = 'memory'\n[store]\n").unwrap_err();
    assert!(error.to_string().contains("line 2 has a name"), "{error}");
}

#[test]
fn mistakes_are_told_all_at_once_and_where() {
    let message = refused(StoreConfig::from_toml(
        "url = 'redis://:secret@h'\n[redis]\npool_max = 0\n[store]\ndeadline = '0s'\nmax_retry = 3\nretry_jitter = 1.5\n\
         circuit_breaker = 1\ncompression = 'gzip'\ncircuit_breaker_failure_rate = 0\nretry_max_delay = 'secret@x'\n",
    ));
    for part in [
        "of the Redis backend: `pool_max` in line 3 is `0`",
        "of the store: `deadline` in line 5 is `0s`, but must be `none` or a duration from 1ms to 24h",
        "`max_retry` in line 6 is no option; is `max_retries` meant?",
        "`retry_jitter` in line 7 is `1.5`, but must be a number from 0 to 1",
        "`circuit_breaker` in line 8 must be `true` or `false`, as a boolean",
        "`compression` in line 9 is `gzip`, but must be `none`, `lz4`, `snappy` or `zstd`",
        "`circuit_breaker_failure_rate` in line 10 is `0`, but must be `none` or a share from 0.001 to 1",
        "`retry_max_delay` in line 11 must be a duration",
    ] {
        assert!(message.contains(part), "{part} is not in {message}");
    }
    assert!(!message.contains("secret"), "{message}");
    let message = refused(StoreConfig::from_vars([
        ("STATE_URL", "mysql://h"),
        ("STATE_STORE_URL", "redis://h"),
        ("STATE_STORE_BATCH", "yes"),
        ("STATE_STORE_SERVICE_HOST", "10.0.0.1"),
    ]));
    for part in [
        "`STATE_URL` must begin with one of",
        "`STATE_STORE_URL` is no variable of it",
        "`STATE_STORE_BATCH` is `yes`, but must be `true` or `false`",
    ] {
        assert!(message.contains(part), "{part} is not in {message}");
    }
    assert!(!message.contains("SERVICE"), "{message}");
    let cases = [
        (
            "store = 5\nbackend = 'memory'",
            "`store` in line 1 must be a table",
        ),
        ("[store]\nbatch = true", "`url` is missing"),
        (
            "backend = 'memory'\n[stores]",
            "line 2 has a name that is none of",
        ),
        ("backend =", "line 1 is no TOML"),
        (
            "backend = 'memory'\n[store]\nretry_jitter = -0.5",
            "`retry_jitter` in line 3",
        ),
        (
            "backend = 'memory'\n[store]\nretry_jitter = nan",
            "`retry_jitter` in line 3",
        ),
        (
            "backend = 'memory'\n[store]\nretry_jitter = '1e-1'",
            "`retry_jitter` in line 3",
        ),
    ];
    for (document, reason) in cases {
        let message = refused(StoreConfig::from_toml(document));
        assert!(message.contains(reason), "{document:?}: {message}");
    }
    let set = |option, value| refused(StoreConfig::try_from("memory:").unwrap().set(option, value));
    assert!(set("max_retry", "3").contains("`max_retry` is no option; is `max_retries` meant?"));
    assert!(set("max_retries", "-1").contains("`max_retries` is `-1`, but must be a number"));
}

const KEY: TextKey = TextKey { number: 1 };

/// A store over a script, as a document says.
fn scripted(options: &str) -> (Store<AnyBackend>, Arc<Scripted>) {
    let backend = Arc::new(Scripted::default());
    let config = toml(&format!("backend = 'memory'\n[store]\n{options}"));
    (config.over(AnyBackend::new(Arc::clone(&backend))), backend)
}

fn refusals(count: usize) -> impl Iterator<Item = Act> {
    (0..count).map(|_| Act::Refuse(ErrorKind::Unavailable))
}

#[tokio::test(start_paused = true)]
async fn retries_and_circuit_are_as_they_were_said() -> TestResult {
    let (store, backend) = scripted("max_retries = 4\ncircuit_breaker = false");
    backend.script(refusals(4));
    assert_eq!(store.get(&KEY).await?, None);
    assert_eq!(backend.seen().len(), 5);
    backend.script(refusals(5));
    let error = store.get(&KEY).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);

    let (store, backend) = scripted("max_retries = 0\ncircuit_breaker_threshold = 3");
    backend.script(refusals(9));
    for kind in [ErrorKind::Unavailable; 3] {
        assert_eq!(store.get(&KEY).await.unwrap_err().kind(), kind);
    }
    let error = store.get(&KEY).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CircuitOpen);
    assert_eq!(backend.seen().len(), 3);

    let (store, backend) =
        scripted("max_retries = 0\ncircuit_breaker_failure_rate = 0.5\ncircuit_breaker_window = 8");
    for _ in 0..4 {
        assert_eq!(store.get(&KEY).await?, None);
        backend.script(refusals(1));
        assert!(store.get(&KEY).await.is_err());
    }
    let error = store.get(&KEY).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CircuitOpen);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_as_it_was_said() {
    let (store, backend) = scripted("deadline = '300ms'");
    backend.script([Act::Hang]);
    let begun = tokio::time::Instant::now();
    let error = store.get(&KEY).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(begun.elapsed() < Duration::from_millis(400));
}

#[tokio::test]
async fn metrics_appear_by_one_registration_or_not_at_all() -> TestResult {
    let registry = Registry::new();
    let (store, backend) =
        scripted("cache = true\nretry_initial_delay = '1ms'\ncache_local = true");
    store.register_metrics(&registry, "orders")?;
    backend.script(refusals(1));
    store.get(&KEY).await?;
    let text = TextEncoder::new().encode_to_string(&registry.gather())?;
    for line in [
        r#"state_operations_total{backend="memory",operation="get",outcome="ok",store="orders"} 1"#,
        r#"state_retries_total{backend="memory",reason="unavailable",store="orders"} 1"#,
        r#"state_cache_requests_total{backend="memory",result="miss",store="orders"} 1"#,
        "state_circuit_breaker_state{",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let statistics = store.backend().statistics().ok_or("no statistics")?;
    assert_eq!(statistics.operations, 1);

    let registry = Registry::new();
    let (store, _) = scripted("metrics = false\ncircuit_breaker = false\nmax_retries = 0");
    store.register_metrics(&registry, "orders")?;
    store.get(&KEY).await?;
    let shown = registry.gather();
    assert!(!shown.is_empty(), "locks are counted whatever the layers");
    for family in shown {
        assert!(
            family.name().starts_with("state_lock_"),
            "{}",
            family.name()
        );
    }
    assert!(store.backend().statistics().is_none());
    Ok(())
}

#[tokio::test]
async fn values_are_as_they_were_said() -> TestResult {
    let (store, backend) = scripted(
        "compression = 'lz4'\ncompression_threshold = 100\nmax_value_size = 2000\ndefault_ttl = '1h'",
    );
    let text = Text("x".repeat(1_000));
    store.put(&KEY, &text).await?;
    let versioned = store.get_versioned(&KEY).await?.ok_or("it was written")?;
    assert_eq!(versioned.value, text);
    assert!(
        versioned
            .ttl
            .is_some_and(|ttl| ttl.as_duration() > Duration::from_mins(59))
    );
    let mut snapshot = backend.memory().snapshot(&Context::new(), None).await?;
    let items = snapshot.next(1.try_into()?).await?;
    let entry = &items.first().ok_or("it was written")?.entry;
    assert_eq!(
        Envelope::read(&entry.value)?.compressor(),
        Some(Compressor::Lz4)
    );
    let ratio = store
        .backend()
        .statistics()
        .and_then(|told| told.compression_ratio());
    assert!(ratio.is_some_and(|ratio| ratio < 0.1), "{ratio:?}");
    let error = store.put(&KEY, &Text("x".repeat(2_000))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    Ok(())
}

#[tokio::test]
async fn a_cache_answers_where_it_is_asked_for() -> TestResult {
    let (store, backend) = scripted("cache = true\ncache_local = true\nbatch = true");
    store.put(&KEY, &Text("x".to_owned())).await?;
    store.get(&KEY).await?;
    let asked = backend.seen().len();
    for _ in 0..5 {
        assert!(store.get(&KEY).await?.is_some());
    }
    assert_eq!(backend.seen().len(), asked);
    Ok(())
}

#[tokio::test]
async fn an_opened_store_has_all_that_its_backend_has() -> TestResult {
    let store = toml("backend = 'memory'").open().await?;
    let capabilities = store.capabilities();
    assert_eq!(capabilities.backend, "memory");
    assert!(capabilities.transactional && capabilities.total_order);
    assert_eq!(capabilities.snapshot, Consistency::PointInTime);
    assert!(store.backend().downcast_ref::<Memory>().is_some());
    assert!(store.backend().downcast_ref::<Embedded>().is_none());
    Ok(())
}

/// All layers, as a configuration puts them on.
fn whole<B: Clone + Into<AnyBackend>>(backend: Arc<B>) -> AnyBackend {
    let all = "backend = 'memory'\n[store]\nbatch = true\ndeadline = '30s'";
    let store = toml(all).over(Arc::unwrap_or_clone(backend));
    store.backend().clone()
}

typed_state::conformance_tests!(
    memory,
    Layered::new(MemoryHarness, whole),
    transactional,
    total_order,
    notify
);
typed_state::conformance_tests!(
    postgres,
    Layered::new(PostgresHarness(PostgresMode::Direct), whole),
    transactional,
    total_order,
    notify
);
