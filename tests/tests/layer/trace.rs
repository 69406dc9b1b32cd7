//! What the trace layer tells those who listen, and what it never tells.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use futures_util::FutureExt as _;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::fmt::time::uptime;
use tracing_subscriber::layer::SubscriberExt as _;
use typed_state::backend::{Backend, Context, Key};
use typed_state::backends::Memory;
use typed_state::layer::{Layer as _, Trace, TraceLayer};
use typed_state::primitive::{List, Map};
use typed_state::testing::{MemoryHarness, TestResult};
use typed_state::{Counter, ErrorKind, Revision, StateKey, Store};
use typed_state_tests::{Layered, forward};

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "note", value = String, ordered)]
struct Note {
    #[state(partition)]
    book: String,
    number: u64,
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "hits", value = Counter)]
struct Hits {
    page: String,
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "log", value = List<String>)]
struct Log {
    name: String,
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "table", value = Map<String, String>)]
struct Table {
    name: String,
}

fn note(number: u64) -> Note {
    Note {
        book: "a".to_owned(),
        number,
    }
}

/// What was told, as text.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Heard {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines since the last call that hold this.
    fn take(&self, part: &str) -> Vec<String> {
        let text = self.text();
        self.0.lock().unwrap().clear();
        let lines = text.lines().filter(|line| line.contains(part));
        lines.map(str::to_owned).collect()
    }
}

/// Listens on this thread.
fn listen(level: &str) -> (Heard, DefaultGuard) {
    let heard = Heard::default();
    let writer = heard.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level.parse::<LevelFilter>().unwrap())
        .with_span_events(FmtSpan::CLOSE)
        .with_timer(uptime())
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    (heard, tracing::subscriber::set_default(subscriber))
}

fn store(layer: TraceLayer) -> Store<Trace<Memory>> {
    Store::new(layer.over(Memory::new()))
}

fn holds(line: &str, parts: &[&str]) {
    for part in parts {
        assert!(line.contains(part), "{part} is not in {line}");
    }
}

fn only(lines: &[String]) -> &str {
    match lines {
        [line] => line,
        lines => panic!("one line: {lines:?}"),
    }
}

#[tokio::test]
async fn each_request_has_a_span_that_says_what_became_of_it() -> TestResult {
    let (heard, _listening) = listen("debug");
    let store = store(TraceLayer::new());
    store.put(&note(1), &"x".to_owned()).await?;
    let of_note = [
        "typed_state.operation{",
        "namespace=\"note\"",
        "backend=\"memory\"",
    ];
    let lines = heard.take("close");
    holds(only(&lines), &of_note);
    holds(
        only(&lines),
        &["DEBUG", "operation=\"put\"", "keys=1", "outcome=\"ok\""],
    );

    store.get_many(&[note(1), note(2)]).await?;
    let lines = heard.take("close");
    holds(only(&lines), &of_note);
    holds(
        only(&lines),
        &["operation=\"get_many\"", "keys=2", "outcome=\"ok\""],
    );

    let stale = store.replace(&note(1), Revision::from_bits(1), &"y".to_owned());
    assert_eq!(stale.await.unwrap_err().kind(), ErrorKind::Conflict);
    let lines = heard.take("close");
    holds(
        only(&lines),
        &["operation=\"replace\"", "keys=2", "outcome=\"conflict\""],
    );

    let late = store.with_timeout(Duration::ZERO);
    assert_eq!(
        late.get(&note(1)).await.unwrap_err().kind(),
        ErrorKind::Timeout
    );
    holds(
        only(&heard.take("close")),
        &["operation=\"get\"", "outcome=\"error\""],
    );

    store.range(Note::prefix().book("a")).page(None).await?;
    let lines = heard.take("close");
    holds(only(&lines), &of_note);
    holds(only(&lines), &["operation=\"range\"", "keys=1000"]);

    let mut snapshot = store.snapshot::<Note>().await?;
    snapshot.next(NonZeroUsize::MIN).await?;
    let lines = heard.take("close");
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in &lines {
        holds(line, &of_note);
        holds(line, &["operation=\"snapshot\"", "outcome=\"ok\""]);
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_told_to_those_who_do_not_listen_so_closely() -> TestResult {
    let (heard, _listening) = listen("info");
    let store = store(TraceLayer::new());
    store.put(&note(1), &"x".to_owned()).await?;
    store.get(&note(1)).await?;
    assert_eq!(heard.text(), "");
    Ok(())
}

#[tokio::test]
async fn what_is_slow_is_warned_of_with_its_sizes() -> TestResult {
    let (heard, _listening) = listen("warn");
    let store = store(TraceLayer::new().slow_after(Duration::ZERO));
    store.put(&note(1), &"x".repeat(100)).await?;
    let lines = heard.take("slow");
    let line = only(&lines);
    holds(
        line,
        &[
            "WARN",
            "typed_state::slow",
            "operation=\"put\"",
            "namespace=\"note\"",
            "outcome=\"ok\"",
        ],
    );
    holds(
        line,
        &[
            "backend=\"memory\"",
            "keys=1",
            "bytes_read=0",
            "milliseconds=0",
            "left_out=0",
        ],
    );
    let written = bytes(line, "bytes_written=");
    assert!(written > 100 && written < 150, "{line}");

    store.get(&note(1)).await?;
    let lines = heard.take("slow");
    holds(only(&lines), &["operation=\"get\"", "bytes_written=0"]);
    assert_eq!(bytes(only(&lines), "bytes_read="), written);
    Ok(())
}

fn bytes(line: &str, name: &str) -> u64 {
    let (_, after) = line.split_once(name).unwrap();
    after.split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_takes_as_long_as_it_may_is_not_warned_of() -> TestResult {
    let (heard, _listening) = listen("warn");
    for layer in [
        TraceLayer::new().slow_after(Duration::from_mins(1)),
        TraceLayer::new().slow_after(None),
    ] {
        let store = store(layer);
        store.put(&note(1), &"x".to_owned()).await?;
    }
    assert_eq!(heard.text(), "");
    Ok(())
}

#[tokio::test]
async fn warnings_are_few_and_tell_how_many_were_left_out() -> TestResult {
    let (heard, _listening) = listen("warn");
    let store = store(TraceLayer::new().slow_after(Duration::ZERO));
    let begun = std::time::Instant::now();
    for number in 0..100 {
        store.put(&note(number), &"x".to_owned()).await?;
    }
    if begun.elapsed() < Duration::from_millis(900) {
        assert_eq!(heard.take("slow").len(), 10);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    heard.take("");
    store.get(&note(1)).await?;
    let lines = heard.take("slow");
    assert!(bytes(only(&lines), "left_out=") > 0, "{lines:?}");
    Ok(())
}

/// A backend that does not answer.
#[derive(Debug)]
struct Silent(Memory);

impl Backend for Silent {
    async fn get(
        &self,
        _: &Context,
        _: &[Key],
    ) -> typed_state::Result<Vec<Option<typed_state::backend::Entry>>> {
        std::future::pending().await
    }

    forward!(0: capabilities commit commit_many write range scan snapshot health);
}

#[tokio::test]
async fn a_request_that_is_dropped_was_cancelled() {
    let (heard, _listening) = listen("debug");
    let layer = TraceLayer::new().slow_after(Duration::ZERO);
    let store = Store::new(layer.over(Silent(Memory::new())));
    assert!(store.get(&note(1)).now_or_never().is_none());
    let text = heard.text();
    let closed: Vec<_> = text.lines().filter(|line| line.contains("close")).collect();
    holds(
        closed.first().unwrap(),
        &["operation=\"get\"", "outcome=\"cancelled\""],
    );
    let slow: Vec<_> = text.lines().filter(|line| line.contains("slow")).collect();
    holds(
        slow.first().unwrap(),
        &["WARN", "outcome=\"cancelled\"", "keys=1"],
    );
}

#[tokio::test]
async fn no_key_and_no_value_is_ever_told() -> TestResult {
    const CANARY: &str = "canary-7f3a";
    let (heard, _listening) = listen("trace");
    let canary = || CANARY.to_owned();
    let store = store(TraceLayer::new().slow_after(Duration::ZERO));
    let key = Note {
        book: canary(),
        number: 7,
    };
    store.put(&key, &canary()).await?;
    store.get(&key).await?;
    store
        .update(&key, |note| note.map(|note| note + CANARY))
        .await?;
    store
        .replace(&key, Revision::from_bits(1), &canary())
        .await
        .unwrap_err();
    store.range(Note::prefix().book(CANARY)).collect().await?;
    store.scan::<Note>().collect().await?;
    store.snapshot::<Note>().await?.collect().await?;
    store
        .list(&Log { name: canary() })
        .append(&canary())
        .await?;
    store
        .map(&Table { name: canary() })
        .put(CANARY, &canary())
        .await?;
    let hits = Hits { page: canary() };
    store.counter(&hits)?.add(i64::MAX).await?;
    store.counter(&hits)?.add(1).await.unwrap_err();
    let mut transaction = store.transaction();
    transaction.put(&key, &canary())?;
    transaction.commit().await?;
    store
        .put_many(
            [(key.clone(), canary())]
                .iter()
                .map(|(key, value)| (key, value)),
        )
        .await?;
    store.delete(&key).await?;
    let text = heard.text();
    assert!(text.contains("typed_state.operation"), "{text}");
    assert!(!text.contains("canary") && !text.contains("7f3a"), "{text}");
    Ok(())
}

typed_state::conformance_tests!(
    trace,
    Layered::new(MemoryHarness, all_is_told),
    transactional,
    total_order
);

/// Each request is told as slow, to somebody who listens on every thread where no test listens for itself.
fn all_is_told(memory: Arc<Memory>) -> Trace<Arc<Memory>> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let ours = Targets::new().with_target("typed_state", LevelFilter::TRACE);
        let lines = tracing_subscriber::fmt::layer().with_writer(io::sink);
        let subscriber = tracing_subscriber::registry().with(lines.with_filter(ours));
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
    TraceLayer::new().slow_after(Duration::ZERO).over(memory)
}
