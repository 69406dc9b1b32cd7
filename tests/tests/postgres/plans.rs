//! What PostgreSQL does for each operation, as the server itself tells (`auto_explain`): no operation reads rows that it does
//! not need, or sorts any, however large the table is, and whether or not anybody has counted its rows.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use typed_state::backend::{
    Backend as _, Commit, Condition, Context, Direction, Expiry, Key, Mutation, Projection, Range,
    Revision, Scope, Write, WriteBatch,
};
use typed_state::backends::{Postgres, PostgresConfig};
use typed_state_tests::servers::PostgresServer;

const ROWS: u32 = 100_000;

/// A server that writes the plan of every statement into its log, with what was really read.
async fn telling_server() -> PostgresServer {
    let mut options = PostgresServer::options().without_fsync();
    for (name, value) in [
        ("session_preload_libraries", "auto_explain"),
        ("auto_explain.log_min_duration", "0"),
        ("auto_explain.log_analyze", "on"),
        ("auto_explain.log_timing", "off"),
        ("auto_explain.log_nested_statements", "on"),
        ("autovacuum", "off"),
    ] {
        options = options.setting(name, value);
    }
    options.start().await.unwrap()
}

/// A store of so many rows, every fourth of which has expired.
async fn filled(server: &PostgresServer, table: &str, partitions: u32) -> Postgres {
    let config = PostgresConfig::url(server.url().unwrap())
        .table(table)
        .partitions(partitions)
        .pool_min(0)
        .pool_max(1)
        .cleanup_interval(Duration::ZERO);
    let store = Postgres::open(&config.build().unwrap()).await.unwrap();
    let fill = format!(
        "insert into {table} select 'n'::bytea || '\\x00' || int4send(number), 'value', number, 6, null, now(), now(), \
         case when number % 4 = 0 then number end from generate_series(0, {ROWS} - 1) as number"
    );
    server.execute(&fill).await.unwrap();
    store
}

fn key(number: u32) -> Key {
    let bytes = [&b"n\x00"[..], &number.to_be_bytes()].concat();
    Key::new(&bytes[..], 6).unwrap()
}

fn page(direction: Direction, projection: Projection) -> Range {
    Range {
        start: key(ROWS / 4).as_bytes().into(),
        end: key(ROWS / 4 * 3).as_bytes().into(),
        partition_end: None,
        direction,
        projection,
        limit: NonZeroUsize::new(50).unwrap(),
        cursor: None,
    }
}

/// The plans that were logged while this was done, those of the functions' own statements among them.
async fn plans(server: &PostgresServer, operation: impl Future<Output = ()>) -> Vec<String> {
    let before = server.log().unwrap().len();
    operation.await;
    let begun = Instant::now();
    loop {
        let log = server.log().unwrap();
        let plans: Vec<String> = log[before..]
            .split("  plan:\n")
            .skip(1)
            .map(|plan| {
                let lines = plan.lines().take_while(|line| line.starts_with('\t'));
                lines.collect::<Vec<_>>().join("\n")
            })
            .collect();
        if !plans.is_empty() {
            return plans;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "no plan was logged"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// How many rows the scans of tables and indexes of a plan have read, returned or not.
fn rows_read(plan: &str) -> u64 {
    let mut read = 0;
    let number = |text: &str, name: &str| -> Option<u64> {
        let rest = text.split(name).nth(1)?;
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    };
    let mut loops = 1;
    for line in plan.lines() {
        if let Some(actual) = line.split("(actual").nth(1) {
            loops = number(actual, "loops=").unwrap_or(1);
            if line.contains("Index Scan") || line.contains("Index Only Scan") {
                read += number(actual, "rows=").unwrap_or(0) * loops;
            }
        } else if let Some(removed) = number(line, "Rows Removed by Filter: ") {
            read += removed * loops;
        }
    }
    read
}

fn check(what: &str, plans: &[String], most: u64) {
    for plan in plans {
        for slow in ["Seq Scan", "Bitmap", "Hash Join", "Merge Join"] {
            assert!(!plan.contains(slow), "{what}: {plan}");
        }
        let sorts = plan.lines().any(|line| {
            line.trim_start_matches([' ', '\t', '-', '>'])
                .starts_with("Sort  (")
        });
        assert!(
            !sorts && !plan.contains("Incremental Sort"),
            "{what}: {plan}"
        );
        let read = rows_read(plan);
        assert!(
            read <= most,
            "{what} read {read} rows, {most} at the most: {plan}"
        );
    }
    assert!(
        plans.iter().any(|plan| plan.contains("Index")),
        "{what}: no index was used: {plans:?}"
    );
}

async fn every_operation(server: &PostgresServer, store: &Postgres, partitions: u64) {
    let cx = Context::new();
    let several: Vec<Key> = (1..=20).map(|number| key(number * 997)).collect();
    for direction in [Direction::Forward, Direction::Reverse] {
        for projection in [Projection::Entries, Projection::Keys] {
            // Of 50 that live there are some 17 that have expired; a partition is read one row ahead, and what has
            // expired before that.
            let most = 70 + 10 * partitions;
            let read = async {
                let found = store.range(&cx, page(direction, projection)).await.unwrap();
                assert_eq!(found.items.len(), 50);
            };
            check("range", &plans(server, read).await, most);
        }
    }
    let one = [key(4_711)];
    let get = async { assert!(store.get(&cx, &one).await.unwrap()[0].is_some()) };
    check("get", &plans(server, get).await, 1);
    let get = async { drop(store.get(&cx, &several).await.unwrap()) };
    check("get of several", &plans(server, get).await, 20);

    let revision = Revision::from_bits(1);
    let put = |key: &Key| Mutation::Put {
        key: key.clone(),
        value: "new".into(),
        expiry: Expiry::Never,
    };
    let mut swap = Commit::new(revision, Scope::Store);
    swap.require(Condition::Present(several[1].clone()))
        .unwrap();
    swap.apply(put(&several[1])).unwrap();
    check("swap", &committed(server, store, swap).await, 2);
    let mut many = Commit::new(revision, Scope::Store);
    for key in &several[..8] {
        many.apply(put(key)).unwrap();
    }
    many.require(Condition::Absent(key(ROWS + 1))).unwrap();
    check("commit", &committed(server, store, many).await, 2);
    for single in [
        put(&several[1]),
        Mutation::Delete {
            key: several[2].clone(),
        },
    ] {
        let mut commit = Commit::new(revision, Scope::Partition);
        commit.apply(single).unwrap();
        let before = committed(server, store, commit);
        let plans = before.await;
        // A plain put finds its row without a scan.
        for plan in &plans {
            assert!(!plan.contains("Seq Scan") && rows_read(plan) <= 1, "{plan}");
        }
    }
    let writes = several.iter().enumerate().map(|(place, key)| {
        let key = key.clone();
        match place % 2 {
            0 => Write::Delete { key },
            _ => Write::Put {
                key,
                value: "newer".into(),
                expiry: Expiry::Never,
            },
        }
    });
    let batch = WriteBatch {
        revision,
        writes: writes.collect(),
    };
    let write = async { assert!(store.write(&cx, batch).await.is_ok()) };
    check("batch", &plans(server, write).await, 40);
}

/// Commits that one statement decides together.
async fn several_commits(server: &PostgresServer, store: &Postgres) {
    let cx = Context::new();
    let keys: Vec<Key> = (1..=20).map(|number| key(number * 998 + 1)).collect();
    let found = store.get(&cx, &keys).await.unwrap();
    let put = |key: &Key| Mutation::Put {
        key: key.clone(),
        value: "new".into(),
        expiry: Expiry::Never,
    };
    let commit = |condition: Option<Condition>, mutation| {
        let mut commit = Commit::new(Revision::from_bits(2), Scope::Partition);
        if let Some(condition) = condition {
            commit.require(condition).unwrap();
        }
        commit.apply(mutation).unwrap();
        commit
    };
    let stands = keys.iter().zip(&found);
    let replacements = stands.map(|(key, entry)| {
        let stands = entry.as_ref().unwrap().revision;
        commit(Some(Condition::Revision(key.clone(), stands)), put(key))
    });
    let deletions = keys.iter().map(|key| {
        let stands = Condition::Revision(key.clone(), Revision::from_bits(2));
        commit(Some(stands), Mutation::Delete { key: key.clone() })
    });
    let absent = |key: &Key| Some(Condition::Absent(key.clone()));
    let insertions = keys.iter().map(|key| commit(absent(key), put(key)));
    let puts = keys.iter().map(|key| commit(None, put(key)));
    for (what, commits) in [
        ("replacements", replacements.collect::<Vec<_>>()),
        ("deletions", deletions.collect()),
        ("insertions", insertions.collect()),
        ("puts", puts.collect()),
    ] {
        let decide = async {
            for outcome in store.commit_many(&cx, commits).await {
                let outcome = outcome.unwrap();
                assert!(
                    matches!(outcome, typed_state::backend::Outcome::Applied(_)),
                    "{what}: {outcome:?}"
                );
            }
        };
        let plans = plans(server, decide).await;
        let statements = plans.iter().filter(|plan| plan.contains(" on ")).count();
        assert_eq!(statements, 1, "{what}: {plans:?}");
        check(what, &plans, 20);
    }
}

async fn committed(server: &PostgresServer, store: &Postgres, commit: Commit) -> Vec<String> {
    let cx = Context::new();
    plans(server, async {
        let outcome = store.commit(&cx, commit).await.unwrap();
        assert!(
            matches!(outcome, typed_state::backend::Outcome::Applied(_)),
            "{outcome:?}"
        );
    })
    .await
}

#[tokio::test]
async fn no_operation_reads_what_it_does_not_need() {
    let server = telling_server().await;
    for (table, partitions) in [("whole", 0), ("divided", 8)] {
        let store = filled(&server, table, partitions).await;
        every_operation(&server, &store, u64::from(partitions)).await;
        several_commits(&server, &store).await;
        server.execute(&format!("analyze {table}")).await.unwrap();
        every_operation(&server, &store, u64::from(partitions)).await;
        several_commits(&server, &store).await;
        store.close();
    }
}

#[tokio::test]
async fn a_sweep_finds_what_has_expired_by_the_index() {
    let server = telling_server().await;
    let store = filled(&server, "swept", 0).await;
    let sweep = async { assert_eq!(store.sweep().await.unwrap(), u64::from(ROWS / 4)) };
    // Each step reads a batch in the index of expiries, and again by key.
    check("sweep", &plans(&server, sweep).await, 2_000);
}
