//! Futures dropped anywhere: no connection comes back in a transaction, with a lock, or with an answer that nobody read.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::task::JoinSet;
use typed_state::backends::{Postgres, PostgresConfig};
use typed_state::testing::TestResult;
use typed_state::{Counter, Error, StateKey, Store, Ttl};
use typed_state_tests::postgres::{fresh_table, quick_server};
use typed_state_tests::seed;
use typed_state_tests::servers::PostgresServer;

const POOL: u32 = 4;
const TASKS: u64 = 8;
const ROUNDS: u32 = 300;
const KEYS: u64 = 8;
const OPERATIONS: u32 = 14;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "note", value = String, ordered)]
struct Note {
    #[state(partition)]
    task: u64,
    number: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "hits", value = Counter)]
struct Hits(u64);

/// What is stored under a key begins with it, so that an answer to another question shows.
fn told(note: &Note, more: u32) -> String {
    format!("{}/{}/{more}", note.task, note.number)
}

fn check(note: &Note, found: &str) {
    let own = format!("{}/{}/", note.task, note.number);
    assert!(found.starts_with(&own), "{found} under {note:?}");
}

/// One operation of each kind; answers are those of its own question.
async fn operate(store: &Store<Postgres>, kind: u32, note: &Note) -> Result<(), Error> {
    let text = told(note, kind);
    let of_task = || Note::prefix().task(note.task);
    let all = || (0..KEYS).map(|number| Note { number, ..*note });
    match kind {
        0 => store.put(note, &text).await.map(drop),
        1 => store.insert(note, &text).await.map(drop),
        2 => store.delete(note).await.map(drop),
        3 => store.counter(&Hits(note.task))?.add(1).await.map(drop),
        4 => {
            let entries: Vec<_> = all().map(|note| (told(&note, kind), note)).collect();
            store
                .put_many(entries.iter().map(|(text, note)| (note, text)))
                .await
        }
        5 => {
            let notes: Vec<_> = all().collect();
            store.delete_many(&notes).await.map(drop)
        }
        6 => {
            let mut transaction = store.transaction_across();
            let other = Note {
                task: (note.task + 1) % TASKS,
                ..*note
            };
            transaction
                .put(note, &text)?
                .put(&other, &told(&other, kind))?
                .add(&Hits(note.task), 1)?;
            transaction.commit().await.map(drop)
        }
        7 => store
            .touch(note, Ttl::try_from(Duration::from_mins(10))?)
            .await
            .map(drop),
        8 => {
            let notes: Vec<_> = all().collect();
            for (note, found) in notes.iter().zip(store.get_many(&notes).await?) {
                if let Some(found) = found {
                    check(note, &found);
                }
            }
            Ok(())
        }
        9 => {
            let found = store.range(of_task()).reverse().collect().await?;
            for (note, found) in &found {
                check(note, found);
            }
            Ok(())
        }
        10 => {
            let mut snapshot = store.snapshot::<Note>().await?;
            loop {
                let items = snapshot.next(NonZeroUsize::MIN).await?;
                for (note, found) in &items {
                    check(note, found);
                }
                if items.is_empty() {
                    return Ok(());
                }
            }
        }
        11 => store.health().await.map(drop),
        12 => store.backend().sweep().await.map(drop),
        _ => {
            let found = store.get(note).await?;
            if let Some(found) = found {
                check(note, &found);
            }
            Ok(())
        }
    }
}

/// Drops an operation after so many polls; says whether it ended before.
async fn polled(operation: impl Future<Output = Result<(), Error>>, mut left: u32) -> bool {
    let mut operation = pin!(operation);
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        operation.as_mut().poll(cx).map(|_| true)
    })
    .await
}

/// The names of a store's connections.
struct Watched {
    server: &'static PostgresServer,
    name: String,
}

impl Watched {
    async fn count(&self, rest: &str) -> TestResult<u64> {
        let query = format!(
            "select count(*) from pg_stat_activity as a where application_name = '{}' {rest}",
            self.name
        );
        Ok(self.server.query_one_text(&query).await?.parse()?)
    }

    /// Waits until no connection matches.
    async fn until(&self, wanted: u64, rest: &str) -> TestResult {
        let begun = Instant::now();
        loop {
            let count = self.count(rest).await?;
            if count == wanted {
                return Ok(());
            }
            assert!(begun.elapsed() < Duration::from_secs(5), "{count} {rest}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_futures_leave_nothing_behind() -> TestResult {
    drops(true).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_futures_leave_nothing_behind_without_sessions() -> TestResult {
    drops(false).await
}

async fn drops(statement_cache: bool) -> TestResult {
    let server = quick_server().await?;
    let table = fresh_table();
    let config = PostgresConfig::hosts([server.address().to_string()])
        .username("postgres")
        .database("postgres")
        .table(&table)
        .application_name(&table)
        .statement_cache(statement_cache)
        .pool_min(0)
        .pool_max(POOL)
        .cleanup_interval(Duration::ZERO);
    let store = Store::new(Postgres::open(&config.build()?).await?);
    let watched = Watched {
        server,
        name: table,
    };
    let seed = seed();
    let stop = Arc::new(AtomicBool::new(false));
    let (ended, dropped) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (store, ended, dropped) = (store.clone(), Arc::clone(&ended), Arc::clone(&dropped));
        tasks.spawn(async move {
            let mut random = StdRng::seed_from_u64(seed.wrapping_add(task));
            for _ in 0..ROUNDS {
                let number = random.random_range(0..KEYS);
                let note = Note { task, number };
                let kind = random.random_range(0..OPERATIONS);
                let operation = Box::pin(operate(&store, kind, &note));
                let finished = match random.random_range(0..3) {
                    0 => polled(operation, u32::MAX).await,
                    1 => polled(operation, random.random_range(0..12)).await,
                    _ => {
                        let limit = Duration::from_micros(random.random_range(0..20_000));
                        tokio::time::timeout(limit, operation).await.is_ok()
                    }
                };
                let count = if finished { &ended } else { &dropped };
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let watching = async {
        let mut looks = 0;
        while !stop.load(Ordering::Relaxed) {
            let stuck = "and state like 'idle in transaction%' \
                and state_change < clock_timestamp() - interval '1 s'";
            assert_eq!(watched.count(stuck).await?, 0, "idle in a transaction");
            assert!(store.backend().pool_state().size <= usize::try_from(POOL)?);
            looks += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        TestResult::Ok(looks)
    };
    let working = async {
        while let Some(task) = tasks.join_next().await {
            task?;
        }
        stop.store(true, Ordering::Relaxed);
        TestResult::Ok(())
    };
    let (looks, ()) = tokio::try_join!(watching, working)?;
    let (ended, dropped) = (
        ended.load(Ordering::Relaxed),
        dropped.load(Ordering::Relaxed),
    );
    println!("{ended} ended, {dropped} were dropped, {looks} looks");
    assert!(ended > 200 && dropped > 200);

    // Nothing is open, held, or left to be read.
    watched.until(0, "and state <> 'idle'").await?;
    let held = "and exists (select 1 from pg_locks as l where l.pid = a.pid)";
    watched.until(0, held).await?;
    let pool = store.backend().pool_state();
    assert_eq!((pool.idle, pool.waiting), (pool.size, 0), "{pool:?}");
    watched.until(u64::try_from(pool.size)?, "").await?;
    for task in 0..TASKS {
        let notes: Vec<_> = (0..KEYS).map(|number| Note { task, number }).collect();
        try_join_all(notes.iter().map(|note| async {
            store.put(note, &told(note, 99)).await?;
            let found = store.get(note).await?;
            assert_eq!(found, Some(told(note, 99)));
            TestResult::Ok(())
        }))
        .await?;
    }
    all_are_free(&store, &watched).await
}

/// As many requests as there may be connections wait for a lock at once.
async fn all_are_free(store: &Store<Postgres>, watched: &Watched) -> TestResult {
    let hold = format!(
        "begin; select 1 from {} for update; select pg_sleep(1); commit",
        watched.name
    );
    let holding = async {
        watched.server.execute(&hold).await?;
        TestResult::Ok(())
    };
    let writing = try_join_all((0..u64::from(POOL)).map(|task| async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let note = Note { task, number: 0 };
        store.put(&note, &told(&note, 100)).await?;
        TestResult::Ok(())
    }));
    let looking = watched.until(u64::from(POOL), "and wait_event_type = 'Lock'");
    tokio::try_join!(holding, writing, looking)?;
    let pool = store.backend().pool_state();
    assert_eq!((pool.idle, pool.max), (pool.size, usize::try_from(POOL)?));
    Ok(())
}
