//! What becomes of a request whose connection fails: never a wrong answer, never applied twice, never after its deadline.
#![allow(clippy::future_not_send, reason = "they are awaited where they stand")]

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, raw_sql};
use typed_state::backends::{Postgres, PostgresConfig};
use typed_state::store::Lifetime;
use typed_state::testing::TestResult;
use typed_state::{Counter, Error, ErrorKind, StateKey, Store, Ttl};
use typed_state_tests::postgres::BehindProxy;
use typed_state_tests::proxy::Mode;
use typed_state_tests::servers::PostgresServer;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "note", value = String)]
struct Note(u64);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "hits", value = Counter)]
struct Hits(u64);

/// Every kind of request that changes something.
#[derive(Debug, Clone, Copy)]
enum Write {
    Put,
    Delete,
    Replace,
    Touch,
    Add,
    PutMany,
    DeleteMany,
    Both,
}

const WRITES: [Write; 8] = [
    Write::Put,
    Write::Delete,
    Write::Replace,
    Write::Touch,
    Write::Add,
    Write::PutMany,
    Write::DeleteMany,
    Write::Both,
];

impl Write {
    /// What it is about, as it is before.
    async fn prepare(self, store: &Store<Postgres>) -> TestResult {
        for number in [1, 2] {
            store.put(&Note(number), &"old".to_owned()).await?;
            store.counter(&Hits(number))?.reset().await?;
            store.counter(&Hits(number))?.add(1).await?;
        }
        Ok(())
    }

    async fn send(self, store: &Store<Postgres>) -> Result<(), Error> {
        let new = "new".to_owned();
        let notes = [Note(1), Note(2)];
        match self {
            Self::Put => store.put(&Note(1), &new).await.map(drop),
            Self::Delete => store.delete(&Note(1)).await.map(drop),
            Self::Replace => store.insert(&Note(3), &new).await.map(drop),
            Self::Touch => {
                let expiry = Duration::from_secs(1000);
                let expiry = Ttl::try_from(expiry)?;
                store.touch(&Note(1), expiry).await.map(drop)
            }
            Self::Add => store.counter(&Hits(1))?.add(1).await.map(drop),
            Self::PutMany => {
                let entries = notes.iter().map(|note| (note, &new));
                store.put_many(entries).await
            }
            Self::DeleteMany => store.delete_many(&notes).await.map(drop),
            Self::Both => {
                let mut transaction = store.transaction_across();
                transaction
                    .require_present(&Note(1))?
                    .put(&Note(2), &new)?
                    .add(&Hits(2), 1)?
                    .delete(&Note(1))?;
                transaction.commit().await.map(drop)
            }
        }
    }

    /// Whether it was applied: whole, or not at all.
    async fn applied(self, store: &Store<Postgres>) -> TestResult<bool> {
        let mut notes = Vec::new();
        for number in 1..=3 {
            notes.push(store.get(&Note(number)).await?);
        }
        let hits = [
            store.counter(&Hits(1))?.get().await?,
            store.counter(&Hits(2))?.get().await?,
        ];
        let touched = store.ttl(&Note(1)).await?;
        let notes: Vec<_> = notes.iter().map(Option::as_deref).collect();
        let found = (notes, hits, matches!(touched, Lifetime::For(_)));
        let (old, new) = (Some("old"), Some("new"));
        if found == (vec![old, old, None], [1, 1], false) {
            return Ok(false);
        }
        let wanted = match self {
            Self::Put => (vec![new, old, None], [1, 1], false),
            Self::Delete => (vec![None, old, None], [1, 1], false),
            Self::Replace => (vec![old, old, new], [1, 1], false),
            Self::Touch => (vec![old, old, None], [1, 1], true),
            Self::Add => (vec![old, old, None], [2, 1], false),
            Self::PutMany => (vec![new, new, None], [1, 1], false),
            Self::DeleteMany => (vec![None, None, None], [1, 1], false),
            Self::Both => (vec![None, new, None], [1, 2], false),
        };
        assert_eq!(found, wanted, "{self:?}");
        Ok(true)
    }

    /// Sends it once, so that its statement is prepared, and undoes it.
    async fn warm(self, behind: &BehindProxy) -> TestResult {
        self.prepare(&behind.direct).await?;
        self.send(&behind.store).await?;
        assert!(self.applied(&behind.direct).await?, "{self:?}");
        behind.direct.delete(&Note(3)).await?;
        self.prepare(&behind.direct).await?;
        // Connections that were idle for long are asked whether they still are.
        behind.store.get(&Note(4)).await?;
        Ok(())
    }
}

/// Shows something of each kind of write, with and without prepared statements, all at once.
async fn of_each<F>(show: impl Fn(Write, BehindProxy, bool) -> F) -> TestResult
where
    F: Future<Output = TestResult>,
{
    let show = &show;
    let all = [true, false].into_iter().flat_map(|prepared| {
        WRITES.map(|write| {
            Box::pin(async move {
                let behind = BehindProxy::start(prepared).await?;
                write.warm(&behind).await?;
                show(write, behind, prepared).await
            })
        })
    });
    // Few at once, so that no answer is late for want of a processor.
    stream::iter(all)
        .buffer_unordered(4)
        .try_collect::<Vec<()>>()
        .await
        .map(drop)
}

#[tokio::test]
async fn a_write_whose_answer_is_cut_off_is_of_unknown_outcome() -> TestResult {
    of_each(async |write, behind, prepared| {
        behind.proxy.cut_before_answer();
        let sent = write.send(&behind.store).await;
        assert!(write.applied(&behind.direct).await?, "{write:?}");
        match sent {
            Err(error) if prepared => {
                assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
            }
            // The first question only begins a transaction, and is asked again.
            sent => sent?,
        }
        // What comes next has a connection of its own.
        behind.store.get(&Note(1)).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_write_that_is_cut_off_on_its_way_is_applied_whole_or_not_at_all() -> TestResult {
    of_each(async |write, behind, prepared| {
        let mut seen = [0_u32; 3];
        for round in 0..12 {
            behind.direct.delete(&Note(3)).await?;
            write.prepare(&behind.direct).await?;
            behind.proxy.cut_after(round * 61 + 1);
            let sent = write.send(&behind.store).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
            let applied = write.applied(&behind.direct).await?;
            match sent {
                Ok(()) => {
                    assert!(applied, "{write:?} {prepared}");
                    seen[0] += 1;
                }
                Err(error) if error.kind() == ErrorKind::OutcomeUnknown => seen[1] += 1,
                Err(error) => {
                    assert!(error.is_retryable(), "{write:?} {prepared}: {error}");
                    assert!(!applied, "{write:?} {prepared}: {error}");
                    seen[2] += 1;
                }
            }
        }
        let failed = seen[1] + seen[2];
        assert!(failed > 0, "{write:?}: {seen:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_write_that_is_held_up_past_its_deadline_changes_nothing() -> TestResult {
    of_each(async |write, behind, prepared| {
        behind.proxy.set(Mode::Stall).await?;
        let begun = Instant::now();
        let hurried = behind.store.with_timeout(Duration::from_millis(150));
        let error = write.send(&hurried).await.unwrap_err();
        let took = begun.elapsed();
        let expected = if prepared {
            ErrorKind::OutcomeUnknown
        } else {
            ErrorKind::Timeout
        };
        assert_eq!(error.kind(), expected, "{write:?}: {error}");
        assert!(took < Duration::from_millis(600), "{took:?} of 150 ms");
        behind.proxy.set(Mode::Pass).await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(
            !write.applied(&behind.direct).await?,
            "{write:?} {prepared}"
        );
        Ok(())
    })
    .await
}

/// Without sessions a commit is a question of its own, and arrives after the deadline here.
#[tokio::test]
async fn a_commit_that_arrives_after_the_deadline_changes_nothing() -> TestResult {
    of_each(async |write, behind, prepared| {
        if prepared {
            return Ok(());
        }
        let delay = Mode::Delay(Duration::from_millis(200));
        behind.proxy.set(delay).await?;
        // It begins at 200 and 400 ms, runs at 600 and 800, and would commit at 1,000.
        let hurried = behind.store.with_timeout(Duration::from_millis(920));
        let error = write.send(&hurried).await.unwrap_err();
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(!write.applied(&behind.direct).await?, "{write:?}: {error}");
        let known = [ErrorKind::OutcomeUnknown, ErrorKind::Timeout];
        assert!(known.contains(&error.kind()), "{error}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_write_whose_connection_the_server_has_ended_is_not_lost_silently() -> TestResult {
    of_each(async |write, behind, prepared| {
        assert_eq!(behind.terminate().await?, 1);
        tokio::time::sleep(Duration::from_millis(20)).await;
        match write.send(&behind.store).await {
            Ok(()) => assert!(write.applied(&behind.direct).await?),
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
                assert!(prepared, "nothing can have been committed: {error}");
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                assert!(!write.applied(&behind.direct).await?, "{error}");
            }
        }
        assert_eq!(behind.store.get(&Note(4)).await?, None);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_cannot_be_sent_is_unavailable() -> TestResult {
    of_each(async |write, behind, _| {
        behind.proxy.set(Mode::Refuse).await?;
        behind.proxy.cut();
        // The pool may not know yet that its connection is gone.
        let _ = behind.store.get(&Note(1)).await;
        let error = write.send(&behind.store).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(!write.applied(&behind.direct).await?);
        let error = behind.store.get(&Note(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        behind.proxy.set(Mode::Pass).await?;
        write.send(&behind.store).await?;
        assert!(write.applied(&behind.direct).await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn reads_are_asked_again_where_their_connection_has_ended() -> TestResult {
    for prepared in [true, false] {
        let behind = BehindProxy::start(prepared).await?;
        behind.direct.put(&Note(1), &"here".to_owned()).await?;
        let read = async || {
            let found = behind.store.get(&Note(1)).await;
            assert_eq!(found.unwrap().as_deref(), Some("here"));
            let all = behind.store.scan::<Note>().collect().await;
            assert_eq!(all.unwrap().len(), 1);
        };
        read().await;
        for _ in 0..3 {
            behind.proxy.cut_before_answer();
            read().await;
            behind.proxy.cut_after(10);
            read().await;
            behind.proxy.cut();
            read().await;
            behind.terminate().await?;
            read().await;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_stalled_read_ends_at_its_deadline() -> TestResult {
    for prepared in [true, false] {
        let behind = BehindProxy::start(prepared).await?;
        behind.store.get(&Note(1)).await?;
        behind.proxy.set(Mode::Stall).await?;
        let begun = Instant::now();
        let hurried = behind.store.with_timeout(Duration::from_millis(100));
        let error = hurried.get(&Note(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(begun.elapsed() < Duration::from_millis(400));
    }
    Ok(())
}

/// Locks every row of a table until it is dropped.
async fn lock(behind: &BehindProxy) -> TestResult<PgConnection> {
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(behind.server.port())
        .username("postgres")
        .database("postgres");
    let mut holder = PgConnection::connect_with(&options).await?;
    let lock = format!("begin; select 1 from {} for update", behind.table);
    holder.execute(raw_sql(AssertSqlSafe(lock))).await?;
    Ok(holder)
}

#[tokio::test]
async fn waiting_for_a_lock_ends_by_the_deadline() -> TestResult {
    of_each(async |write, behind, prepared| {
        // Nobody else holds what is not there.
        if matches!(write, Write::Replace) {
            return Ok(());
        }
        let mut attempts = 3;
        loop {
            let holder = lock(&behind).await?;
            let begun = Instant::now();
            let hurried = behind.store.with_timeout(Duration::from_millis(500));
            let error = write.send(&hurried).await.unwrap_err();
            let took = begun.elapsed();
            holder.close().await?;
            assert!(
                took > Duration::from_millis(350),
                "{write:?}: {took:?} of 500 ms"
            );
            assert!(
                took < Duration::from_millis(900),
                "{write:?}: {took:?} of 500 ms"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert!(!write.applied(&behind.direct).await?, "{write:?}: {error}");
            if error.kind() == ErrorKind::Timeout {
                break;
            }
            // The server's refusal may be late on a busy machine.
            assert_eq!(
                error.kind(),
                ErrorKind::OutcomeUnknown,
                "{write:?} {prepared}: {error}"
            );
            attempts -= 1;
            assert!(attempts > 0, "{write:?} {prepared}: {error}");
        }
        write.send(&behind.store).await?;
        assert!(write.applied(&behind.direct).await?, "{write:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_write_that_is_ended_while_it_waits_changes_nothing() -> TestResult {
    of_each(async |write, behind, prepared| {
        if matches!(write, Write::Replace) {
            return Ok(());
        }
        let holder = lock(&behind).await?;
        let (sent, ended) = tokio::join!(write.send(&behind.store), async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            behind.terminate().await
        });
        assert_eq!(ended?, 1);
        let error = sent.unwrap_err();
        let expected = if prepared {
            ErrorKind::OutcomeUnknown
        } else {
            ErrorKind::Unavailable
        };
        assert_eq!(error.kind(), expected, "{write:?}: {error}");
        holder.close().await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!write.applied(&behind.direct).await?, "{write:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_exhausted_pool_says_so_in_time() -> TestResult {
    let mut behind = BehindProxy::start(true).await?;
    let config = PostgresConfig::hosts([behind.server.address().to_string()])
        .username("postgres")
        .database("postgres")
        .table(&behind.table)
        .pool_min(0)
        .pool_max(1)
        .pool_timeout(Duration::from_millis(300))
        .cleanup_interval(Duration::ZERO);
    behind.store = Store::new(Postgres::open(&config.build()?).await?);
    let text = "here".to_owned();
    behind.store.put(&Note(1), &text).await?;
    let holder = lock(&behind).await?;
    let waiting = tokio::spawn({
        let (store, text) = (behind.store.clone(), text.clone());
        async move { store.put(&Note(1), &text).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;

    let begun = Instant::now();
    let hurried = behind.store.with_timeout(Duration::from_millis(100));
    let error = hurried.get(&Note(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(begun.elapsed() < Duration::from_millis(250));
    let begun = Instant::now();
    let error = behind.store.put(&Note(1), &text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("pool_max"), "{error}");
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(450), "{took:?} of 300 ms");

    holder.close().await?;
    waiting.await??;
    assert_eq!(behind.store.get(&Note(1)).await?, Some(text));
    Ok(())
}

#[tokio::test]
async fn a_store_outlives_its_server() -> TestResult {
    let server = PostgresServer::options().start().await?;
    let config = PostgresConfig::url(server.url()?).pool_min(4).pool_max(4);
    let store = Store::new(Postgres::open(&config.build()?).await?);
    let text = "kept".to_owned();
    store.put(&Note(1), &text).await?;
    server.kill()?;
    let error = store.get(&Note(1)).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    let error = store.insert(&Note(3), &text).await.unwrap_err();
    assert!(error.is_retryable(), "nothing can have been sent: {error}");
    server.start_again().await?;
    assert!(store.insert(&Note(3), &text).await?);
    assert_eq!(store.get(&Note(1)).await?, Some(text.clone()));
    server.stop().await?;
    let error = store.put(&Note(1), &text).await.unwrap_err();
    let known = [ErrorKind::Unavailable, ErrorKind::OutcomeUnknown];
    assert!(known.contains(&error.kind()), "{error}");
    server.start_again().await?;
    assert_eq!(store.get(&Note(1)).await?, Some(text));
    Ok(())
}
