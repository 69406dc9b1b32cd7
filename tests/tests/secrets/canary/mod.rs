//! Words that must show up nowhere, all that is told, and how a store fails and heals.

use std::error::Error as _;
use std::fmt::Debug;
use std::io;
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use tracing_subscriber::filter::LevelFilter;
use typed_state::backend::{Backend, ReplicaReads};
use typed_state::{Counter, Error, ErrorKind, StateKey, Store, Ttl};

/// How a secret begins, wherever it stands.
pub(crate) const CANARY: &str = "canary";
pub(crate) const USER: &str = "canary-user";
pub(crate) const PASSWORD: &str = "canary-password";
pub(crate) const VALUE: &str = "canary-value";

/// How long connecting may take, and a command.
pub(crate) const CONNECT: Duration = Duration::from_millis(500);
pub(crate) const COMMAND: Duration = Duration::from_millis(400);
/// Other tests share the machine.
const SLACK: Duration = Duration::from_millis(900);
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "note", value = String)]
pub(crate) struct Note(pub(crate) u64);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "hits", value = Counter)]
pub(crate) struct Hits(pub(crate) u64);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "item", value = String, ordered)]
pub(crate) struct Item {
    #[state(partition)]
    pub(crate) shop: u32,
    pub(crate) name: u32,
}

/// What the program logs, at every level.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From here on everything is logged, what libraries log with `log` included.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(|| Log)
            .init();
    });
}

/// Panics where the log holds a secret.
pub(crate) fn log_keeps_secrets() {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    let log = String::from_utf8_lossy(&log);
    assert!(log.contains("connected to "), "something is logged");
    if let Some(line) = log.lines().find(|line| is_leak(line)) {
        panic!("a secret in the log: {line}");
    }
}

/// Whether something was logged.
pub(crate) fn is_logged(text: &str) -> bool {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&log).contains(text)
}

fn is_leak(text: &str) -> bool {
    // As it is, or as a list of bytes.
    text.to_ascii_lowercase().contains(CANARY) || text.contains("99, 97, 110, 97")
}

/// Panics where `text` holds a secret.
pub(crate) fn keeps_secrets(text: &str) {
    assert!(!is_leak(text), "a secret in: {text}");
}

/// All that an error tells, of itself and of its causes.
pub(crate) fn told(error: &Error) -> String {
    let mut told = format!("{error}\n{error:?}\n{error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        told.extend([format!("\n{cause}"), format!("\n{cause:?}")]);
        source = cause.source();
    }
    told
}

/// Panics unless the error is of this kind, says all these words, and no secret.
#[track_caller]
pub(crate) fn is(error: &Error, kind: ErrorKind, words: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "no `{word}` in: {error}");
    }
    keeps_secrets(&told(error));
}

/// Panics unless opening fails so, and in time.
pub(crate) async fn is_refused<T: Debug>(
    opening: impl Future<Output = typed_state::Result<T>>,
    kind: ErrorKind,
    words: &[&str],
) {
    let begun = Instant::now();
    let error = opening.await.unwrap_err();
    let took = begun.elapsed();
    is(&error, kind, words);
    assert!(took < CONNECT + SLACK, "{took:?}: {error}");
}

/// Panics unless an operation fails so, and in time. One that is sent again just before its deadline may be refused too
/// late to know of: it is done again.
pub(crate) async fn fails<T: Debug + Send, F: Future<Output = typed_state::Result<T>> + Send>(
    operation: impl Fn() -> F + Send + Sync,
    kind: ErrorKind,
    words: &[&str],
) {
    let mut rounds = 0;
    loop {
        let begun = Instant::now();
        let error = operation().await.unwrap_err();
        let took = begun.elapsed();
        assert!(took < COMMAND.max(CONNECT) + SLACK, "{took:?}: {error}");
        keeps_secrets(&told(&error));
        rounds += 1;
        let is_late = matches!(error.kind(), ErrorKind::Timeout | ErrorKind::OutcomeUnknown);
        if error.kind() == kind || !is_late || rounds == 10 {
            return is(&error, kind, words);
        }
    }
}

/// Panics unless the store reads and writes before long, however it was before.
pub(crate) async fn heals<B: Backend>(store: &Store<B>) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let value = VALUE.to_owned();
        let error = match store.put(&Note(7), &value).await {
            Ok(_) => match store.get(&Note(7)).await {
                Ok(read) => return assert_eq!(read, Some(value)),
                Err(error) => error,
            },
            Err(error) => error,
        };
        assert!(Instant::now() < deadline, "it stays so: {error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until there is an answer.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what}: not in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Does everything once that every backend does. Gives what went wrong.
pub(crate) async fn exercise<B: Backend + ReplicaReads>(store: &Store<B>) -> Vec<Error> {
    let value = VALUE.to_owned();
    let item = |name| Item { shop: 1, name };
    let brief = Ttl::new(Duration::from_mins(1)).unwrap();
    let expiring = store.with_expiry(brief);
    let mut errors = Vec::new();
    macro_rules! all {
        ($($operation:expr;)*) => { $( errors.extend($operation.await.err()); )* };
    }
    all! {
        store.put(&Note(1), &value);
        store.get(&Note(1));
        store.get_versioned(&Note(1));
        store.contains(&Note(1));
        store.ttl(&Note(1));
        store.touch(&Note(1), brief);
        store.persist(&Note(1));
        store.insert(&Note(2), &value);
        store.update(&Note(2), |old| old);
        store.take(&Note(2));
        expiring.put(&Note(3), &value);
        store.delete(&Note(3));
        store.put_many([(&Note(4), &value), (&Note(5), &value)]);
        store.get_many(&[Note(4), Note(5)]);
        store.delete_many(&[Note(4), Note(5)]);
        store.put(&item(1), &value);
        expiring.put(&item(2), &value);
        expiring.put(&item(3), &value);
        store.touch(&item(3), brief);
        store.persist(&item(3));
        store.delete(&item(3));
        store.range(Item::prefix().shop(1)).collect();
        store.range(Item::prefix().shop(1)).reverse().keys().collect();
        store.range(Item::prefix().shop(1)).count();
        store.scan::<Note>().collect();
        store.scan::<Item>().keys().collect();
        store.with_replica_reads().get(&Note(1));
        store.with_replica_reads().range(Item::prefix().shop(1)).collect();
        store.health();
        async {
            let hits = store.counter(&Hits(1))?;
            hits.add(2).await?;
            hits.get().await?;
            hits.reset().await
        };
        async {
            let mut transaction = store.transaction();
            transaction.get(&item(1)).await?;
            transaction.put(&item(4), &value)?.delete(&item(2))?;
            transaction.commit().await
        };
        async { store.snapshot::<Note>().await?.collect().await };
        store.range(Item::prefix().shop(1)).clear();
        store.scan::<Note>().clear();
    }
    errors
}
