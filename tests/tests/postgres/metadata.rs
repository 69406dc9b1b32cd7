//! Metadata beside values, and searches by it, against a real server.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use typed_state::backend::{
    Backend as _, Commit, Context, MAX_METADATA_LEN, Mutation, Outcome, Revision, Scope,
    encode_counter,
};
use typed_state::backends::{Postgres, PostgresConfig};
use typed_state::key::encode_key;
use typed_state::store::Filter;
use typed_state::testing::TestResult;
use typed_state::{Counter, ErrorKind, Expiry, StateKey, Store, Ttl};
use typed_state_tests::postgres::{PostgresMode, execute, fresh_table};
use typed_state_tests::servers::PostgresServer;

#[derive(StateKey, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "order", value = String)]
struct Order(u64);

#[derive(StateKey, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "visits", value = Counter)]
struct Visits(u64);

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Default)]
struct Label {
    status: String,
    price: f64,
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Customer>,
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Customer {
    tier: String,
    since: u16,
}

#[derive(Deserialize, Debug)]
struct Numbers {
    #[expect(dead_code, reason = "it cannot be read")]
    a: u8,
}

type Free = BTreeMap<String, serde_json::Value>;

async fn store(mode: PostgresMode) -> TestResult<(Store<Postgres>, String)> {
    let table = fresh_table();
    let config = mode.shared().await?.table(table.clone());
    let backend = Postgres::open(&config.build()?).await?;
    Ok((Store::new(backend), table))
}

fn label(status: &str, price: f64) -> Label {
    Label {
        status: status.to_owned(),
        price,
        ..Label::default()
    }
}

/// Puts one entry a JSON object, numbered from zero.
async fn put_all(store: &Store<Postgres>, objects: &[serde_json::Value]) -> TestResult {
    for (number, object) in (0..).zip(objects) {
        let key = Order(number);
        store
            .put_with_metadata(&key, &String::new(), object)
            .await?;
    }
    Ok(())
}

async fn found(store: &Store<Postgres>, filter: Filter) -> TestResult<Vec<u64>> {
    let keys = store.find::<Order, Free>(filter).keys().collect().await?;
    Ok(keys.into_iter().map(|Order(number)| number).collect())
}

#[tokio::test]
async fn what_is_put_is_found_with_value_and_metadata() -> TestResult {
    for mode in [
        PostgresMode::Direct,
        PostgresMode::Partitioned,
        PostgresMode::Bouncer,
    ] {
        let (store, _) = store(mode).await?;
        let mut dear = label("open", 120.5);
        dear.tags = vec!["gift".to_owned(), "fragile".to_owned()];
        dear.customer = Some(Customer {
            tier: "gold".to_owned(),
            since: 2020,
        });
        let cheap = label("open", 3.0);
        let value = "tea".to_owned();
        let revision = store.put_with_metadata(&Order(2), &value, &dear).await?;
        store.put_with_metadata(&Order(1), &value, &cheap).await?;
        store.put(&Order(3), &value).await?;

        let read = store.get_versioned(&Order(2)).await?.unwrap();
        assert_eq!((&read.value, read.revision), (&value, revision));
        assert_eq!(store.metadata(&Order(2)).await?, Some(dear.clone()));
        assert_eq!(store.metadata::<Label>(&Order(3)).await?, None);
        assert_eq!(store.metadata::<Label>(&Order(4)).await?, None);

        let open = || Filter::field("status").is("open");
        let all = store.find::<Order, Label>(open()).collect().await?;
        let first = (Order(1), value.clone(), cheap.clone());
        let second = (Order(2), value.clone(), dear.clone());
        assert_eq!(all, [first.clone(), second.clone()]);
        let streamed = store
            .find::<Order, Label>(open())
            .page_size(NonZeroUsize::MIN);
        let streamed: Vec<_> = streamed.stream().try_collect().await?;
        assert_eq!(streamed, all);
        assert_eq!(store.find::<Order, Label>(open()).count().await?, 2);
        let limited = store
            .find::<Order, Label>(open())
            .limit(1)
            .collect()
            .await?;
        assert_eq!(limited, std::slice::from_ref(&first));

        let part = BTreeMap::from([("tags", ["gift"])]);
        for filter in [
            Filter::contains(&part),
            Filter::field("customer").field("tier").is("gold"),
            Filter::field("price").above(100),
            open().and(Filter::field("customer").exists()),
            Filter::field("status")
                .is("sent")
                .or(Filter::contains(&part)),
            open().and(!Filter::field("price").at_most(3)),
        ] {
            let matches = store.find::<Order, Label>(filter.clone()).collect().await?;
            assert_eq!(matches, std::slice::from_ref(&second), "{filter:?}");
        }
        let everything = Filter::contains(&Free::new());
        assert_eq!(found(&store, everything).await?, [1, 2]);
    }
    Ok(())
}

#[tokio::test]
async fn numbers_compare_as_numbers_text_by_code_point_and_other_types_never() -> TestResult {
    use serde_json::json;
    let (store, _) = store(PostgresMode::Direct).await?;
    put_all(
        &store,
        &[
            json!({ "a": 9 }),
            json!({ "a": 10 }),
            json!({ "a": 10.0 }),
            json!({ "a": 10.5 }),
            json!({ "a": "9" }),
            json!({ "a": "10" }),
            json!({ "a": "B" }),
            json!({ "a": "a" }),
            json!({ "a": "ä" }),
            json!({ "a": null }),
            json!({ "a": true }),
            json!({ "a": ["10"] }),
            json!({ "a": { "0": 10 } }),
            json!({ "b": 10 }),
            json!({ "a": u64::MAX }),
            json!({ "a": i64::MIN }),
        ],
    )
    .await?;
    let a = || Filter::field("a");
    let whole: Vec<u64> = (0..=15).collect();
    let without = |gone: &[u64]| -> Vec<u64> {
        whole
            .iter()
            .copied()
            .filter(|n| !gone.contains(n))
            .collect()
    };
    for (filter, wanted) in [
        (a().at_least(10), vec![1, 2, 3, 14]),
        (a().above(10), vec![3, 14]),
        (a().at_most(10), vec![0, 1, 2, 15]),
        (a().below(10.0), vec![0, 15]),
        (a().above(i64::MAX), vec![14]),
        (a().at_most(i64::MIN), vec![15]),
        (a().above(u64::MAX - 1), vec![14]),
        (a().is(10), vec![1, 2]),
        (a().is("10"), vec![5]),
        (a().is(None::<u8>), vec![9]),
        (a().is(true), vec![10]),
        (a().at_least("B"), vec![6, 7, 8]),
        (a().above("a"), vec![8]),
        (a().below("9"), vec![5]),
        (a().at_most("9"), vec![4, 5]),
        (a().field("0").is(10), vec![12]),
        (a().field("0").exists(), vec![12]),
        (a().field("0").at_least("0"), vec![]),
        (Filter::field("b").exists(), vec![13]),
        (!a().exists(), vec![13]),
        (!a().at_least(10), without(&[1, 2, 3, 14])),
        (!a().is(10), without(&[1, 2])),
        (a().at_least(9).and(a().below("z")), vec![]),
        (a().is(9).or(a().is("9")), vec![0, 4]),
        (!(a().exists().and(a().is(9))), without(&[0])),
    ] {
        assert_eq!(found(&store, filter.clone()).await?, wanted, "{filter:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_write_without_metadata_takes_it_away_and_touch_leaves_it() -> TestResult {
    let (store, _) = store(PostgresMode::Direct).await?;
    let any = || Filter::contains(&Free::new());
    let free = || BTreeMap::from([("a", 1)]);
    let tea = "tea".to_owned();
    let marked = async || -> TestResult {
        store.put_with_metadata(&Order(1), &tea, &free()).await?;
        assert_eq!(found(&store, any()).await?, [1]);
        Ok(())
    };
    marked().await?;
    let minute = Ttl::new(Duration::from_mins(1))?;
    assert!(store.touch(&Order(1), Expiry::After(minute)).await?);
    assert_eq!(found(&store, any()).await?, [1]);

    store.put(&Order(1), &tea).await?;
    assert!(found(&store, any()).await?.is_empty());
    marked().await?;
    store.put_many([(&Order(1), &tea)]).await?;
    assert_eq!(store.metadata::<Free>(&Order(1)).await?, None);
    marked().await?;
    store.update(&Order(1), |_| Some("milk".to_owned())).await?;
    assert!(found(&store, any()).await?.is_empty());
    marked().await?;
    let other = BTreeMap::from([("b", 2)]);
    store.put_with_metadata(&Order(1), &tea, &other).await?;
    assert!(found(&store, Filter::field("a").exists()).await?.is_empty());
    assert_eq!(found(&store, Filter::field("b").is(2)).await?, [1]);
    store.delete(&Order(1)).await?;
    assert!(found(&store, any()).await?.is_empty());

    Ok(())
}

#[tokio::test]
async fn additions_leave_metadata_alone_in_or_out_of_a_transaction() -> TestResult {
    let (store, _) = store(PostgresMode::Direct).await?;
    let (key, cx) = (Visits(1), Context::new());
    let metadata = BTreeMap::from([("a", 1)]);
    let backend = store.backend();
    let commit = async |mutations: &[Mutation]| -> TestResult {
        let mut commit = Commit::new(Revision::from_bits(9), Scope::Partition);
        for mutation in mutations {
            commit.apply(mutation.clone())?;
        }
        let outcome = backend.commit(&cx, commit).await?;
        assert!(matches!(outcome, Outcome::Applied(_)));
        Ok(())
    };
    let stored = encode_key(&key)?;
    let expiry = Expiry::Keep;
    let add = Mutation::Add {
        key: stored.clone(),
        delta: 1,
        expiry,
    };
    let touch = Mutation::Touch {
        key: stored.clone(),
        expiry: Expiry::Never,
    };
    let delete = Mutation::Delete {
        key: stored.clone(),
    };
    let value = encode_counter(5).to_vec().into();
    let put = Mutation::Put {
        key: stored.clone(),
        value,
        expiry,
    };
    for (mutations, stays) in [
        (&[add.clone()][..], true),
        (&[add.clone(), add.clone()], true),
        (&[touch.clone(), add.clone()], true),
        (std::slice::from_ref(&touch), true),
        (&[put.clone(), add.clone()], false),
        (&[add.clone(), put.clone()], false),
        (&[delete.clone(), add.clone()], false),
        (&[add.clone(), delete.clone(), add.clone()], false),
        (&[put.clone(), touch.clone()], false),
    ] {
        store
            .put_with_metadata(&key, &Counter(1), &metadata)
            .await?;
        commit(mutations).await?;
        let left = store.metadata::<Free>(&key).await?;
        assert_eq!(left.is_some(), stays, "{mutations:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_has_expired_is_not_found() -> TestResult {
    let (store, _) = store(PostgresMode::Direct).await?;
    let soon = store.with_expiry(Ttl::new(Duration::from_millis(300))?);
    let metadata = BTreeMap::from([("a", 1)]);
    let value = String::new();
    soon.put_with_metadata(&Order(1), &value, &metadata).await?;
    store
        .put_with_metadata(&Order(2), &value, &metadata)
        .await?;
    assert_eq!(found(&store, Filter::field("a").is(1)).await?, [1, 2]);
    tokio::time::sleep(Duration::from_millis(310)).await;
    assert_eq!(found(&store, Filter::field("a").is(1)).await?, [2]);
    assert_eq!(found(&store, !Filter::field("b").exists()).await?, [2]);
    assert_eq!(store.metadata::<Free>(&Order(1)).await?, None);

    store
        .put_with_metadata(&Order(1), &value, &metadata)
        .await?;
    let kept = store.with_expiry(Expiry::Keep);
    kept.put_with_metadata(&Order(2), &value, &metadata).await?;
    let lifetimes = store.get_versioned(&Order(1)).await?.unwrap().ttl;
    assert_eq!(lifetimes, None);
    Ok(())
}

#[tokio::test]
async fn pages_skip_and_repeat_nothing_while_others_write() -> TestResult {
    let (store, _) = store(PostgresMode::Direct).await?;
    let stays = BTreeMap::from([("kind", "stays")]);
    let value = String::new();
    for number in (0..200).step_by(2) {
        store
            .put_with_metadata(&Order(number), &value, &stays)
            .await?;
    }
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            for number in (1..).step_by(2) {
                let (key, value) = (Order(number % 200), String::new());
                let metadata = BTreeMap::from([("kind", "stays")]);
                store.put_with_metadata(&key, &value, &metadata).await?;
                store.delete(&key).await?;
            }
            Ok::<_, typed_state::Error>(())
        })
    };
    for _ in 0..5 {
        let search = store.find::<Order, Free>(Filter::field("kind").is("stays"));
        let pages = search.page_size(NonZeroUsize::new(7).unwrap());
        let keys: Vec<Order> = pages.keys().stream().try_collect().await?;
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
        let even = keys.iter().filter(|Order(number)| number % 2 == 0).count();
        assert_eq!(even, 100);
    }
    assert!(!writer.is_finished());
    writer.abort();
    Ok(())
}

#[tokio::test]
async fn a_cursor_goes_on_and_one_of_elsewhere_is_refused() -> TestResult {
    let (store, _) = store(PostgresMode::Direct).await?;
    let value = String::new();
    let metadata = BTreeMap::from([("a", 1)]);
    for number in 0..3 {
        store
            .put_with_metadata(&Order(number), &value, &metadata)
            .await?;
    }
    let two = NonZeroUsize::new(2).unwrap();
    let search = || {
        store
            .find::<Order, Free>(Filter::field("a").is(1))
            .page_size(two)
    };
    let (first, next) = search().keys().page(None).await?;
    assert_eq!(first, [Order(0), Order(1)]);
    let (last, end) = search().keys().page(next.clone()).await?;
    assert_eq!((last, end), (vec![Order(2)], None));
    let elsewhere = store.find::<Visits, Free>(Filter::field("a").is(1));
    let error = elsewhere.keys().page(next).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("the cursor does not belong"));
    Ok(())
}

#[tokio::test]
async fn hostile_names_and_values_are_only_themselves() -> TestResult {
    let (store, table) = store(PostgresMode::Direct).await?;
    let hostile = [
        "'",
        "''",
        "\"",
        "\\",
        "\\'",
        "%",
        "_",
        "$1",
        "$4::text",
        "?",
        "{}",
        "{table}",
        "[0]",
        "0",
        "a.b",
        "\u{1}\u{7f}",
        "\u{202e}ü漢🦀",
        "\\u0000",
        "'); DROP TABLE state; --",
        "' OR true --",
        "",
    ];
    for (number, text) in (0..).zip(hostile) {
        let metadata = BTreeMap::from([(text, text)]);
        let value = text.to_owned();
        store
            .put_with_metadata(&Order(number), &value, &metadata)
            .await?;
        assert_eq!(
            store
                .metadata::<BTreeMap<String, String>>(&Order(number))
                .await?,
            Some(BTreeMap::from([(text.to_owned(), text.to_owned())]))
        );
    }
    for (number, text) in (0..).zip(hostile) {
        let metadata = BTreeMap::from([(text, text)]);
        for filter in [
            Filter::contains(&metadata),
            Filter::field(text).is(text),
            Filter::field(text).exists(),
            Filter::field(text)
                .at_least(text)
                .and(Filter::field(text).at_most(text)),
        ] {
            assert_eq!(found(&store, filter.clone()).await?, [number], "{filter:?}");
        }
        assert!(
            found(&store, Filter::field(text).field(text).exists())
                .await?
                .is_empty()
        );
    }
    let rows = hostile.len();
    let counted = format!("do $$ begin assert (select count(*) from {table}) = {rows}; end $$");
    execute(&counted).await?;
    Ok(())
}

#[tokio::test]
async fn what_the_server_cannot_hold_is_refused_before_it_is_sent() -> TestResult {
    let (store, _) = store(PostgresMode::Direct).await?;
    let value = String::new();
    let refused = async |metadata: serde_json::Value| {
        let put = store.put_with_metadata(&Order(1), &value, &metadata);
        let error = put.await.unwrap_err();
        assert_eq!(error.operation(), Some("put_with_metadata"));
        assert!(error.key().is_some());
        (error.kind(), error.to_string())
    };
    let (kind, message) = refused(serde_json::json!({ "a": "secret\0" })).await;
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert!(
        message.contains("U+0000") && !message.contains("secret"),
        "{message}"
    );
    let (kind, message) = refused(serde_json::json!([1])).await;
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert!(message.contains("no object"), "{message}");
    let (kind, _) = refused(serde_json::json!({ "a": "x".repeat(MAX_METADATA_LEN) })).await;
    assert_eq!(kind, ErrorKind::TooLarge);
    assert_eq!(store.get(&Order(1)).await?, None);

    let fits = serde_json::json!({ "a": "x".repeat(MAX_METADATA_LEN - 8) });
    store.put_with_metadata(&Order(1), &value, &fits).await?;
    assert_eq!(store.metadata(&Order(1)).await?, Some(fits));
    let deep = (1..127).fold(
        serde_json::json!({}),
        |inner, _| serde_json::json!({ "a": inner }),
    );
    store.put_with_metadata(&Order(2), &value, &deep).await?;
    assert_eq!(store.metadata(&Order(2)).await?, Some(deep.clone()));
    let error = store
        .find::<Order, Free>(Filter::contains(&[1]))
        .collect()
        .await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
    Ok(())
}

#[tokio::test]
async fn foreign_metadata_is_an_error_that_names_the_key_and_shows_no_value() -> TestResult {
    let (store, table) = store(PostgresMode::Direct).await?;
    let free = BTreeMap::from([("a", "hunter2")]);
    store
        .put_with_metadata(&Order(7), &String::new(), &free)
        .await?;
    let numbers = || store.find::<Order, Numbers>(Filter::field("a").exists());
    for foreign in [
        "'{\"a\":\"hunter2\"}'",
        "'{\"a\":1e400}'",
        "('{\"a\":' || repeat('[', 500) || repeat(']', 500) || '}')::jsonb",
    ] {
        let set = format!("update {table} set metadata = {foreign}");
        execute(&set).await?;
        for error in [
            numbers().collect().await.map(drop).unwrap_err(),
            store
                .metadata::<Numbers>(&Order(7))
                .await
                .map(drop)
                .unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Corrupt);
            assert!(error.key().is_some_and(|key| key.starts_with("order/")));
            assert!(!format!("{error:?}").contains("hunter2"), "{error}");
        }
    }
    assert_eq!(numbers().count().await?, 1);
    Ok(())
}

#[tokio::test]
async fn what_is_rare_is_found_through_the_index() -> TestResult {
    let server = PostgresServer::options()
        .without_fsync()
        .setting("session_preload_libraries", "auto_explain")
        .setting("auto_explain.log_min_duration", "0")
        .setting("auto_explain.log_analyze", "on")
        .setting("autovacuum", "off")
        .start()
        .await?;
    for partitions in [0, 4] {
        let table = format!("rare{partitions}");
        let config = PostgresConfig::url(server.url()?)
            .table(table.clone())
            .partitions(partitions)
            .cleanup_interval(Duration::ZERO)
            .pool_max(1);
        let store = Store::new(Postgres::open(&config.build()?).await?);
        store.put(&Order(0), &String::new()).await?;
        let fill = format!(
            "insert into {table} select 'order'::bytea || '\\x00' || int8send(number), \
             (select value from {table}), 1, 14, \
             jsonb_build_object('number', number, 'parity', number % 2), now(), now(), null \
             from generate_series(1, 100000) as number; analyze {table}"
        );
        server.execute(&fill).await?;
        // More often than the server needs to make a plan for any parameters.
        for number in 50_000..50_010 {
            let before = server.log()?.len();
            let filter = Filter::field("number")
                .is(number)
                .and(Filter::field("parity").at_least(0));
            assert_eq!(found(&store, filter).await?, [number]);
            let log = server.log()?;
            let plan = log.get(before..).unwrap_or_default();
            let by_index = plan.contains("Bitmap Index Scan") && plan.contains("_metadata");
            assert!(by_index || plan.contains("metadata_idx"), "{plan}");
            assert!(!plan.contains("Seq Scan"), "{plan}");
        }
        let half = store.find::<Order, Free>(Filter::field("parity").is(1));
        assert_eq!(half.keys().count().await?, 50_000);
    }
    Ok(())
}
