//! Advisory locks of PostgreSQL: both forms, and every way to lose one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::time::{sleep, timeout};
use typed_state::backends::{Postgres, PostgresConfig, PostgresConfigBuilder};
use typed_state::lock::{AdvisoryForm, AdvisoryLock, HeldLock, Loss};
use typed_state::testing::TestResult;
use typed_state::{ErrorKind, StateKey, Store, Ttl};
use typed_state_tests::postgres::{PostgresMode, execute, fresh_table, numbers, quick_server};
use typed_state_tests::proxy::{Mode, Proxy};
use typed_state_tests::seed;
use typed_state_tests::servers::{PgBouncer, PostgresPair, PostgresServer};

const FORMS: [AdvisoryForm; 2] = [AdvisoryForm::Session, AdvisoryForm::Transaction];
const PATIENCE: Duration = Duration::from_secs(10);
/// One in which a test can see a lock end.
const SHORT: i64 = 900;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "job", value = u64)]
struct Job(u64);

const JOB: Job = Job(7);

fn ttl(millis: i64) -> Ttl {
    Ttl::from_millis(millis).unwrap()
}

async fn open(config: PostgresConfigBuilder) -> TestResult<Store<Postgres>> {
    Ok(Store::new(Postgres::open(&config.build()?).await?))
}

/// Two processes' stores on one table of its own.
async fn two() -> TestResult<[Store<Postgres>; 2]> {
    let table = fresh_table();
    let config = || async { TestResult::Ok(PostgresMode::Direct.shared().await?.table(&table)) };
    Ok([open(config().await?).await?, open(config().await?).await?])
}

fn lock(store: &Store<Postgres>, form: AdvisoryForm) -> AdvisoryLock {
    store.advisory_lock(&JOB).form(form)
}

/// SQL: what `pg_locks` knows of the lock.
fn seen(lock: &AdvisoryLock) -> TestResult<String> {
    let number = lock.number()?.cast_unsigned();
    let (upper, lower) = (number >> 32, number & u64::from(u32::MAX));
    Ok(format!(
        "pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND classid::bigint = {upper} AND \
         objid::bigint = {lower}"
    ))
}

/// How many sessions of the server hold the lock.
async fn holders(lock: &AdvisoryLock) -> TestResult<i64> {
    Ok(numbers(&format!("SELECT count(*) FROM {}", seen(lock)?)).await?[0])
}

/// How many of them have a snapshot or a number of a transaction.
async fn old_snapshots(lock: &AdvisoryLock) -> TestResult<i64> {
    let query = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL) \
         AND pid IN (SELECT pid FROM {})",
        seen(lock)?
    );
    Ok(numbers(&query).await?[0])
}

async fn until_free(lock: &AdvisoryLock) -> TestResult {
    let begun = Instant::now();
    while holders(lock).await? != 0 {
        assert!(begun.elapsed() < PATIENCE, "somebody still holds it");
        sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// Ends the session that holds the lock.
async fn terminate(lock: &AdvisoryLock) -> TestResult {
    execute(&format!(
        "SELECT pg_terminate_backend(pid) FROM {}",
        seen(lock)?
    ))
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_holder_at_a_time_in_whichever_form() -> TestResult {
    let [store, other] = two().await?;
    let mut last = None;
    for form in FORMS {
        let held = lock(&store, form).acquire().await?;
        assert!(Some(held.fence()) > last, "{} after {last:?}", held.fence());
        last = Some(held.fence());
        assert!(held.is_held() && held.remaining() > Duration::from_secs(9));
        assert_eq!(holders(&lock(&store, form)).await?, 1);
        for wanted in FORMS {
            assert!(lock(&other, wanted).try_acquire().await?.is_none());
            assert!(lock(&store, wanted).try_acquire().await?.is_none());
            let limit = Duration::from_millis(120);
            let begun = Instant::now();
            let refused = lock(&other, wanted)
                .acquire_within(limit)
                .await
                .unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Timeout, "{refused}");
            assert!(refused.to_string().contains("job"), "{refused}");
            assert!(begun.elapsed() < limit + Duration::from_millis(500));
        }
        assert!(other.advisory_lock(&Job(8)).try_acquire().await?.is_some());
        assert!(
            other.lock(&JOB).try_acquire().await?.is_some(),
            "it is another lock"
        );
        held.release().await?;
        assert_eq!(holders(&lock(&store, form)).await?, 0);
    }
    let counts = (store.lock_statistics(), other.lock_statistics());
    assert_eq!((counts.0.acquired, counts.0.lost, counts.0.held), (2, 0, 0));
    assert_eq!(counts.1.waited, 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiter_has_it_after_a_release_or_a_drop() -> TestResult {
    let [store, other] = two().await?;
    for form in FORMS {
        for drops in [false, true] {
            let held = lock(&store, form).acquire().await?;
            let waiter = lock(&other, form);
            let waits = tokio::spawn(async move { waiter.acquire().await });
            sleep(Duration::from_millis(100)).await;
            assert!(!waits.is_finished());
            let fence = held.fence();
            if drops {
                drop(held);
            } else {
                held.release().await?;
            }
            let next = timeout(PATIENCE, waits).await???;
            assert!(next.fence() > fence);
            next.release().await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contenders_hold_it_one_after_the_other() -> TestResult {
    let stores = two().await?;
    let inside = Arc::new(AtomicU64::new(0));
    let greatest = Arc::new(AtomicU64::new(0));
    let tasks = (0..6).map(|task| {
        let (inside, greatest) = (Arc::clone(&inside), Arc::clone(&greatest));
        let wanted = lock(&stores[task % 2], FORMS[task / 3]);
        tokio::spawn(async move {
            for _ in 0..5 {
                let held = wanted.acquire_within(Duration::from_secs(40)).await?;
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
                let fence = held.fence().get();
                assert!(
                    greatest.fetch_max(fence, Ordering::SeqCst) < fence,
                    "they rise"
                );
                inside.fetch_sub(1, Ordering::SeqCst);
                held.release().await?;
            }
            TestResult::Ok(())
        })
    });
    for task in join_all(tasks).await {
        task??;
    }
    assert_eq!(greatest.load(Ordering::SeqCst), 30);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_lost_within_a_heartbeat_when_its_session_is_ended() -> TestResult {
    let [store, other] = two().await?;
    for form in FORMS {
        let wanted = lock(&store, form).ttl(ttl(SHORT));
        let held = wanted.acquire().await?;
        sleep(Duration::from_millis(2 * SHORT.unsigned_abs())).await;
        assert!(held.is_held(), "it says that it is there");
        let begun = Instant::now();
        terminate(&wanted).await?;
        let lost = timeout(PATIENCE, held.lost()).await?;
        let heartbeat = Duration::from_millis(SHORT.unsigned_abs() / 3 + 200);
        assert!(begun.elapsed() < heartbeat, "{:?}", begun.elapsed());
        assert_eq!(lost, Loss::Taken);
        assert!(!held.is_held());
        let late = held.while_held(std::future::pending::<()>()).await;
        assert_eq!(late.unwrap_err().kind(), ErrorKind::LockLost);
        assert!(lock(&other, form).try_acquire().await?.is_some());
        let released = held.release().await.unwrap_err();
        assert_eq!(released.kind(), ErrorKind::LockLost, "{released}");
        until_free(&wanted).await?;
    }
    assert_eq!(store.lock_statistics().lost, 2);
    Ok(())
}

/// Who is cut off has lost it no later than the server gives it to others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_is_cut_off_loses_it_before_others_have_it() -> TestResult {
    let server = quick_server().await?;
    let proxy = Proxy::start(server.address()).await?;
    let table = fresh_table();
    let through = PostgresConfig::hosts([proxy.address().to_string()])
        .username("postgres")
        .database("postgres")
        .table(&table);
    let far = open(through).await?;
    let near = open(PostgresMode::Direct.shared().await?.table(&table)).await?;
    for form in FORMS {
        for renewed in [true, false] {
            let held = lock(&far, form)
                .ttl(ttl(SHORT))
                .renewed(renewed)
                .acquire()
                .await?;
            proxy.set(Mode::Stall).await?;
            let cut = Instant::now();
            let waiter = lock(&near, form);
            let waits = tokio::spawn(async move { waiter.acquire().await });
            timeout(PATIENCE, held.lost()).await?;
            let live = Duration::from_millis(SHORT.unsigned_abs());
            assert!(cut.elapsed() < live + Duration::from_millis(100));
            assert!(!waits.is_finished(), "the server was the later one");
            let next = timeout(PATIENCE, waits).await???;
            assert!(cut.elapsed() < 2 * live + Duration::from_millis(500));
            assert!(next.fence() > held.fence());
            next.release().await?;
            proxy.set(Mode::Pass).await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn extended_it_lives_for_longer() -> TestResult {
    let [store, other] = two().await?;
    for form in FORMS {
        let held = lock(&store, form)
            .ttl(ttl(SHORT))
            .renewed(false)
            .acquire()
            .await?;
        held.extend(ttl(60_000)).await?;
        sleep(Duration::from_millis(SHORT.unsigned_abs() + 300)).await;
        assert!(held.is_held());
        assert!(lock(&other, form).try_acquire().await?.is_none());
        held.release().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelled_waits_leave_nothing() -> TestResult {
    let [store, other] = two().await?;
    let mut random = StdRng::seed_from_u64(seed());
    for form in FORMS {
        let held = lock(&store, form).acquire().await?;
        let wanted = lock(&other, form);
        for _ in 0..10 {
            let patience = Duration::from_millis(random.random_range(1..80));
            assert!(timeout(patience, wanted.acquire()).await.is_err());
        }
        held.release().await?;
        until_free(&wanted).await?;
        for _ in 0..20 {
            let patience = Duration::from_micros(random.random_range(0..30_000));
            // The guard goes, too, where it came in time.
            drop(timeout(patience, wanted.try_acquire()).await);
        }
        until_free(&wanted).await?;
        assert_eq!(other.get(&JOB).await?, None, "the pool serves");
        let again = wanted.acquire_within(PATIENCE).await?;
        again.release().await?;
    }
    assert_eq!(other.lock_statistics().unreleased, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_is_refused_until_it_is_the_primary() -> TestResult {
    let options = PostgresServer::options().without_fsync();
    let pair = PostgresPair::start(options.access("host all all 127.0.0.1/32 trust")).await?;
    let table = fresh_table();
    let [one, two] = pair.servers();
    let to = |servers: &[&PostgresServer]| {
        PostgresConfig::hosts(servers.iter().map(|server| server.address().to_string()))
            .username("postgres")
            .database("postgres")
            .table(&table)
            .command_timeout(Duration::from_secs(2))
    };
    let store = open(to(&[one, two])).await?;
    // Where there is a standby, too, the lock is the primary's.
    let mut held = Vec::new();
    for (number, form) in (0..).zip(FORMS) {
        held.extend(
            store
                .advisory_lock(&Job(number))
                .form(form)
                .try_acquire()
                .await?,
        );
    }
    assert_eq!(held.len(), 2);
    let count = "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory'";
    assert_eq!(pair.primary().query_one_text(count).await?, "2");
    assert_eq!(pair.replica().query_one_text(count).await?, "0");
    // And where it is all that is left, there is none.
    pair.wait_until_replayed().await?;
    pair.primary().kill()?;
    for form in FORMS {
        let error = store
            .advisory_lock(&JOB)
            .form(form)
            .try_acquire()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    }
    assert_eq!(pair.replica().query_one_text(count).await?, "0");
    for held in &held {
        timeout(PATIENCE, held.lost()).await?;
    }
    pair.promote().await?;
    for ((number, form), before) in (0..).zip(FORMS).zip(held) {
        let wanted = store.advisory_lock(&Job(number)).form(form);
        let after = wanted.acquire_within(PATIENCE).await?;
        assert!(
            after.fence() > before.fence(),
            "what was replicated counts on"
        );
        after.release().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_a_pooler_only_the_transaction_form_is_granted() -> TestResult {
    let server = quick_server().await?;
    let knows_options = PgBouncer::start_with(server, &["auth_type = trust"]).await?;
    let refuses_options = PgBouncer::start_with(
        server,
        &[
            "auth_type = trust",
            "ignore_startup_parameters = extra_float_digits",
        ],
    )
    .await?;
    for bouncer in [&knows_options, &refuses_options] {
        for cached in [true, false] {
            let config = PostgresConfig::hosts([bouncer.address().to_string()])
                .username("postgres")
                .database("postgres")
                .table(fresh_table())
                .statement_cache(cached)
                .pool_max(1);
            let store = open(config).await?;
            for _ in 0..3 {
                let tried = lock(&store, AdvisoryForm::Session).try_acquire().await;
                let error = tried.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
                assert!(error.to_string().contains("transaction form"), "{error}");
            }
            assert_eq!(holders(&lock(&store, AdvisoryForm::Session)).await?, 0);
            if cached {
                continue;
            }
            let wanted = lock(&store, AdvisoryForm::Transaction).ttl(ttl(SHORT));
            let held = wanted.acquire().await?;
            assert!(wanted.try_acquire().await?.is_none());
            sleep(Duration::from_millis(SHORT.unsigned_abs() * 3 / 2)).await;
            assert!(held.is_held());
            assert_eq!(holders(&wanted).await?, 1);
            assert_eq!(old_snapshots(&wanted).await?, 0, "it holds up no vacuum");
            held.release().await?;
            assert_eq!(holders(&wanted).await?, 0);
            drop(wanted.acquire().await?);
            until_free(&wanted).await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_keys_of_one_number_are_told_apart() -> TestResult {
    let [store, other] = two().await?;
    let number = i64::from_be_bytes(*b"the same");
    let mine = store.advisory_lock(&Job(1)).with_number(number);
    let held = mine.acquire().await?;
    let fence = held.fence();
    held.release().await?;
    for form in FORMS {
        let theirs = other.advisory_lock(&Job(2)).form(form).with_number(number);
        let error = theirs.try_acquire().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("job\\x00"), "{error}");
        assert_eq!(
            theirs.acquire().await.unwrap_err().kind(),
            ErrorKind::Unsupported
        );
        until_free(&theirs).await?;
    }
    let held = mine.acquire().await?;
    assert_eq!(held.fence().get(), fence.get() + 1);
    let numbers = [1, 2].map(|job| store.advisory_lock(&Job(job)).number().unwrap());
    assert_ne!(numbers[0], numbers[1]);
    assert_eq!(numbers[0], other.advisory_lock(&Job(1)).number()?);
    Ok(())
}

/// A guard is one type, whoever granted it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_closed_keeps_no_lock() -> TestResult {
    let [store, other] = two().await?;
    let mut held: Vec<HeldLock> = Vec::new();
    for (number, form) in (0..).zip(FORMS) {
        let wanted = store.advisory_lock(&Job(number)).form(form).ttl(ttl(SHORT));
        held.push(wanted.acquire().await?);
    }
    store.backend().close();
    for lost in &held {
        assert_eq!(timeout(PATIENCE, lost.lost()).await?, Loss::Taken);
    }
    for (number, form) in (0..).zip(FORMS) {
        let wanted = other.advisory_lock(&Job(number)).form(form);
        wanted.acquire_within(PATIENCE).await?.release().await?;
    }
    let error = lock(&store, AdvisoryForm::Session)
        .try_acquire()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    Ok(())
}
