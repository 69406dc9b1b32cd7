//! What becomes of a request whose connection fails: never a wrong answer, never applied twice, never after its deadline.

use std::sync::Arc;
use std::time::{Duration, Instant};

use typed_state::backends::{Redis, RedisConfig};
use typed_state::testing::TestResult;
use typed_state::{Counter, ErrorKind, StateKey, Store};
use typed_state_tests::proxy::{Mode, Proxy};
use typed_state_tests::redis::fresh_prefix;
use typed_state_tests::servers::RedisServer;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "note", value = String)]
struct Note(u64);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "hits", value = Counter)]
struct Hits(u64);

/// A store behind a proxy, and another that reaches the server directly.
struct Pair {
    proxy: Proxy,
    store: Store<Redis>,
    direct: Store<Redis>,
}

async fn pair() -> TestResult<Pair> {
    let server = RedisServer::shared().await?;
    let proxy = Proxy::start(server.address()).await?;
    let prefix = fresh_prefix();
    let to = |address: String| {
        RedisConfig::standalone(address)
            .key_prefix(&prefix)
            .command_timeout(Duration::from_millis(500))
            .build()
    };
    let store = Redis::open(&to(proxy.address().to_string())?).await?;
    let direct = Redis::open(&to(server.address().to_string())?).await?;
    Ok(Pair {
        proxy,
        store: Store::new(store),
        direct: Store::new(direct),
    })
}

#[tokio::test]
async fn a_write_whose_answer_is_cut_off_is_of_unknown_outcome() -> TestResult {
    let pair = pair().await?;
    let old = pair.store.put(&Note(1), &"old".to_owned()).await?;
    let text = "new".to_owned();

    // The next connection is made before its answer is cut off.
    let cut = async || {
        pair.store.get(&Note(0)).await?;
        pair.proxy.cut_before_answer();
        TestResult::Ok(())
    };
    cut().await?;
    let error = pair.store.replace(&Note(1), old, &text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    cut().await?;
    let error = pair.store.insert(&Note(2), &text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    cut().await?;
    let error = pair.store.put(&Note(3), &text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    cut().await?;
    let hits = pair.store.counter(&Hits(1))?;
    let error = hits.add(1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");

    // Each was applied, and once.
    for number in [1, 2, 3] {
        assert_eq!(pair.direct.get(&Note(number)).await?, Some(text.clone()));
    }
    assert_eq!(pair.direct.counter(&Hits(1))?.get().await?, 1);
    // A read is asked again on another connection.
    cut().await?;
    assert_eq!(pair.store.get(&Note(1)).await?, Some(text));
    Ok(())
}

#[tokio::test]
async fn a_write_that_is_cut_off_on_its_way_changes_nothing_or_all() -> TestResult {
    let pair = pair().await?;
    for round in 0..40 {
        let value = format!("{round}").repeat(20);
        pair.proxy.cut_after(round * 7 + 1);
        match pair.store.put(&Note(round as u64), &value).await {
            Ok(_) => {}
            Err(error) => assert!(
                error.kind() == ErrorKind::OutcomeUnknown || error.is_retryable(),
                "{error}"
            ),
        }
        let stored = pair.direct.get(&Note(round as u64)).await?;
        assert!(stored.is_none_or(|stored| stored == value));
    }
    Ok(())
}

#[tokio::test]
async fn a_commit_that_is_held_up_past_its_deadline_changes_nothing() -> TestResult {
    let pair = pair().await?;
    let old = pair.store.put(&Note(1), &"old".to_owned()).await?;
    pair.store.counter(&Hits(1))?.add(1).await?;

    pair.proxy.set(Mode::Stall).await?;
    let hurried = pair.store.with_timeout(Duration::from_millis(150));
    let begun = Instant::now();
    let text = "ghost".to_owned();
    let hits = hurried.counter(&Hits(1))?;
    let (replaced, added) = tokio::join!(hurried.replace(&Note(1), old, &text), hits.add(1));
    for error in [replaced.unwrap_err(), added.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(400), "{took:?} of 150 ms");

    // What was held up arrives now, and is refused by the server's clock.
    pair.proxy.set(Mode::Pass).await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(pair.direct.get(&Note(1)).await?.as_deref(), Some("old"));
    assert_eq!(pair.direct.counter(&Hits(1))?.get().await?, 1);
    assert_eq!(pair.store.get(&Note(1)).await?.as_deref(), Some("old"));
    Ok(())
}

#[tokio::test]
async fn a_stalled_read_ends_at_its_deadline() -> TestResult {
    let pair = pair().await?;
    pair.proxy.set(Mode::Stall).await?;
    let begun = Instant::now();
    let hurried = pair.store.with_timeout(Duration::from_millis(100));
    let error = hurried.get(&Note(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(begun.elapsed() < Duration::from_millis(400));
    // Without a deadline of its own an operation has the one of the configuration.
    let error = pair.store.get(&Note(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(begun.elapsed() < Duration::from_millis(1_200));
    Ok(())
}

#[tokio::test]
async fn a_store_outlives_its_connections_and_servers() -> TestResult {
    let server = RedisServer::options().append_only().start().await?;
    let config = RedisConfig::url(server.url()?).build()?;
    let store = Store::new(Redis::open(&config).await?);
    let text = "kept".to_owned();
    store.put(&Note(1), &text).await?;

    // Every script is gone, and every connection.
    server.command(&["SCRIPT", "FLUSH"]).await?;
    assert!(store.insert(&Note(2), &text).await?);
    server
        .command(&["CLIENT", "KILL", "TYPE", "normal"])
        .await?;
    assert_eq!(store.get(&Note(1)).await?, Some(text.clone()));

    server.kill()?;
    let error = store.get(&Note(1)).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    let error = store.insert(&Note(3), &text).await.unwrap_err();
    assert!(error.is_retryable(), "nothing can have been sent: {error}");
    server.start_again().await?;
    assert!(store.insert(&Note(3), &text).await?);
    assert_eq!(store.get(&Note(1)).await?, Some(text));
    Ok(())
}

#[tokio::test]
async fn a_dropped_future_leaves_its_connection_usable() -> TestResult {
    let pair = pair().await?;
    let connections = pair.proxy.connections();
    let store = Arc::new(pair.store);
    for round in 0..200 {
        let value = format!("{round}");
        let put = store.put(&Note(round), &value);
        let _ = tokio::time::timeout(Duration::from_micros(round), put).await;
        let insert = store.insert(&Note(round), &value);
        let _ = tokio::time::timeout(Duration::from_micros(round), insert).await;
    }
    for round in 0..200 {
        let stored = store.get(&Note(round)).await?;
        assert!(stored.is_none_or(|stored| stored == format!("{round}")));
    }
    assert_eq!(
        pair.proxy.connections(),
        connections,
        "none had to be made anew"
    );
    Ok(())
}
