//! A circuit for each node: one that is down leaves the others in use.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use typed_state::backend::{
    Backend, Capabilities, Commit, Context, Entry, Key, Mutation, Node, Observation, Observed,
    Outcome, Page, Range, Reading, Scan, Scope, WriteBatch, Written,
};
use typed_state::backends::{Memory, Redis};
use typed_state::key::encode_key;
use typed_state::layer::{CircuitBreaker, CircuitBreakerLayer, CircuitState, Layer as _};
use typed_state::testing::TestResult;
use typed_state::{Error, ErrorKind, Expiry, ManualClock, Result, Revision, StateKey, Store};
use typed_state_tests::forward;
use typed_state_tests::redis::of_cluster;
use typed_state_tests::servers::{RedisCluster, RedisServer};

const THRESHOLD: u32 = 3;
const OPEN_FOR: Duration = Duration::from_secs(5);

/// A memory store in parts, by the first letter of a partition, some of which are down.
#[derive(Debug, Clone)]
struct Parts {
    memory: Memory,
    down: Arc<Mutex<BTreeSet<char>>>,
    asked: Arc<AtomicUsize>,
    /// Whether errors say which part is at fault.
    names: bool,
}

fn part_of(partition: &[u8]) -> char {
    partition.first().map_or('?', |letter| char::from(*letter))
}

impl Parts {
    fn new(names: bool) -> Self {
        Self {
            memory: Memory::new(),
            down: Arc::default(),
            asked: Arc::default(),
            names,
        }
    }

    fn fail(&self, part: char) {
        self.down.lock().unwrap().insert(part);
    }

    fn heal(&self) {
        self.down.lock().unwrap().clear();
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }

    fn ask<'k>(&self, mut keys: impl Iterator<Item = &'k Key>) -> Result<()> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let down = self.down.lock().unwrap();
        let dead = keys.find(|key| down.contains(&part_of(key.partition())));
        drop(down);
        let Some(dead) = dead else { return Ok(()) };
        let error = Error::new(ErrorKind::Unavailable, "it is down");
        Err(if self.names {
            error.at_node(self.node_of(dead.partition()))
        } else {
            error
        })
    }
}

impl Observed for Parts {
    fn observations(&self) -> Vec<Observation> {
        Vec::new()
    }
}

impl Backend for Parts {
    fn capabilities(&self) -> Capabilities {
        Capabilities::new("parts")
    }

    fn node_of(&self, partition: &[u8]) -> Node {
        Node::named(part_of(partition).to_string())
    }

    async fn get(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        self.ask(keys.iter())?;
        self.memory.get(cx, keys).await
    }

    async fn commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        self.ask(commit.mutations().iter().map(Mutation::key))?;
        self.memory.commit(cx, commit).await
    }

    async fn commit_many(&self, cx: &Context, commits: Vec<Commit>) -> Vec<Result<Outcome>> {
        let decided = commits.into_iter().map(|commit| self.commit(cx, commit));
        futures_util::future::join_all(decided).await
    }

    async fn write(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        self.ask(batch.writes.iter().map(typed_state::backend::Write::key))?;
        self.memory.write(cx, batch).await
    }

    async fn range(&self, cx: &Context, range: Range) -> Result<Page> {
        self.ask(std::iter::empty())?;
        self.memory.range(cx, range).await
    }

    async fn scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        self.ask(std::iter::empty())?;
        self.memory.scan(cx, scan).await
    }

    forward!(memory: snapshot health);
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "seat", value = u64, ordered)]
struct Seat {
    #[state(partition)]
    row: String,
    number: u64,
}

fn seat(row: &str) -> Seat {
    Seat {
        row: row.to_owned(),
        number: 1,
    }
}

fn commit(row: &str) -> Commit {
    let mut commit = Commit::new(Revision::from_bits(7), Scope::Partition);
    let (key, value) = (
        encode_key(&seat(row)).unwrap(),
        bytes::Bytes::from_static(b"x"),
    );
    let put = Mutation::Put {
        key,
        value,
        expiry: Expiry::Never,
    };
    commit.apply(put).unwrap();
    commit
}

fn around(parts: &Parts, clock: &Arc<ManualClock>) -> CircuitBreaker<Parts> {
    CircuitBreakerLayer::new()
        .threshold(NonZeroU32::new(THRESHOLD).unwrap())
        .open_for(OPEN_FOR)
        .probes(NonZeroU32::MIN)
        .clock(Arc::clone(clock))
        .over(parts.clone())
}

/// Where the circuits stand.
fn states<B>(breaker: &CircuitBreaker<B>) -> Vec<(String, CircuitState)> {
    let states = breaker.states().into_iter();
    states
        .map(|(node, state)| (node.name().to_owned(), state))
        .collect()
}

fn kinds<T>(answers: &[Result<T>]) -> Vec<Option<ErrorKind>> {
    let kind = |answer: &Result<T>| answer.as_ref().err().map(Error::kind);
    answers.iter().map(kind).collect()
}

#[tokio::test]
async fn reads_that_travel_together_fail_only_where_their_node_is_down() -> TestResult {
    let parts = Parts::new(true);
    parts.fail('c');
    let store = Store::builder(parts.clone())
        .batch()
        .circuit_breaker(CircuitBreakerLayer::new())
        .build();
    let rows: Vec<String> = ('a'..='p').map(String::from).collect();
    let reads = rows.iter().map(|row| store.get(&seat(row)));
    let answers = futures_util::future::join_all(reads).await;
    let mut expected = vec![None; rows.len()];
    expected[2] = Some(ErrorKind::Unavailable);
    assert_eq!(kinds(&answers), expected);
    assert!(
        parts.asked() > 1,
        "some travelled together, and then again by themselves"
    );
    Ok(())
}

#[tokio::test]
async fn one_node_that_is_down_leaves_the_others_in_use() -> TestResult {
    use CircuitState::{Closed, Open};
    let clock = Arc::new(ManualClock::default());
    let parts = Parts::new(false);
    let breaker = around(&parts, &clock);
    let store = Store::new(breaker.clone());
    parts.fail('a');
    for _ in 0..THRESHOLD {
        let error = store.get(&seat("a")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        store.put(&seat("b"), &1).await?;
    }
    let expected = [("a".to_owned(), Open), ("b".to_owned(), Closed)];
    assert_eq!(states(&breaker), expected);
    assert_eq!(breaker.state(), Open);
    parts.asked();
    let error = store.get(&seat("a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CircuitOpen);
    assert!(
        error.to_string().contains("the store at a has failed"),
        "{error}"
    );
    assert_eq!(
        store
            .range(Seat::prefix().row("a"))
            .collect()
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::CircuitOpen
    );
    // What asks several nodes asks all of their circuits.
    let error = store.get_many(&[seat("a"), seat("b")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CircuitOpen);
    assert_eq!(
        store.scan::<Seat>().count().await.unwrap_err().kind(),
        ErrorKind::CircuitOpen
    );
    assert_eq!(parts.asked(), 0);
    assert_eq!(store.get(&seat("b")).await?, Some(1));
    assert_eq!(
        store.range(Seat::prefix().row("b")).collect().await?.len(),
        1
    );

    // Each probe goes to its own node.
    clock.advance(OPEN_FOR);
    assert!(store.get(&seat("a")).await.is_err());
    assert_eq!(states(&breaker), expected);
    parts.heal();
    clock.advance(OPEN_FOR);
    assert_eq!(store.get(&seat("a")).await?, None);
    assert_eq!(breaker.state(), Closed);
    Ok(())
}

#[tokio::test]
async fn of_several_nodes_the_one_that_is_blamed_counts() -> TestResult {
    let clock = Arc::new(ManualClock::default());
    for names in [false, true] {
        let parts = Parts::new(names);
        let breaker = around(&parts, &clock);
        let store = Store::new(breaker.clone());
        parts.fail('b');
        for _ in 0..THRESHOLD * 2 {
            assert!(
                store
                    .get_many(&[seat("a"), seat("b"), seat("c")])
                    .await
                    .is_err()
            );
        }
        let open: Vec<String> = states(&breaker)
            .into_iter()
            .filter(|(_, state)| *state == CircuitState::Open)
            .map(|(node, _)| node)
            .collect();
        let expected: &[&str] = if names { &["b"] } else { &[] };
        assert_eq!(open, expected);
        assert_eq!(store.get(&seat("a")).await?, None);
    }
    Ok(())
}

#[tokio::test]
async fn commits_that_go_together_are_refused_by_node() -> TestResult {
    use ErrorKind::{CircuitOpen, Unavailable};
    let clock = Arc::new(ManualClock::default());
    let parts = Parts::new(true);
    let breaker = around(&parts, &clock);
    parts.fail('a');
    let cx = Context::new();
    let rows = ["b", "a", "c", "a"];
    let commits = || rows.map(commit).to_vec();
    for _ in 0..THRESHOLD {
        let answers = breaker.commit_many(&cx, commits()).await;
        assert_eq!(
            kinds(&answers),
            [None, Some(Unavailable), None, Some(Unavailable)]
        );
    }
    parts.asked();
    let answers = breaker.commit_many(&cx, commits()).await;
    assert_eq!(
        kinds(&answers),
        [None, Some(CircuitOpen), None, Some(CircuitOpen)]
    );
    assert_eq!(parts.asked(), 2);
    let answers = breaker.commit_many(&cx, vec![commit("a")]).await;
    assert_eq!(kinds(&answers), [Some(CircuitOpen)]);
    let answers = breaker.commit_many(&cx.forced(), commits()).await;
    assert_eq!(
        kinds(&answers),
        [None, Some(Unavailable), None, Some(Unavailable)]
    );
    Ok(())
}

#[tokio::test]
async fn each_node_is_shown() -> TestResult {
    let clock = Arc::new(ManualClock::default());
    let parts = Parts::new(true);
    let breaker = around(&parts, &clock);
    let shown = || -> Vec<(String, Reading)> {
        let all = breaker.observations().into_iter();
        all.map(|one| (one.labels[0].1.to_string(), one.value))
            .collect()
    };
    assert_eq!(shown(), [(String::new(), Reading::Number(0.0))]);
    parts.fail('a');
    for row in ["a", "a", "b", "a"] {
        let _ = breaker
            .get(&Context::new(), &[encode_key(&seat(row))?])
            .await;
    }
    let expected = [("a", 1.0), ("b", 0.0)];
    assert_eq!(
        shown(),
        expected.map(|(node, state)| (node.to_owned(), Reading::Number(state)))
    );
    Ok(())
}

/// A primary of a Cluster and its replica are gone for good: what they had is refused at once, the rest is served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_shard_of_a_cluster_is_refused_at_once_and_the_others_serve() -> TestResult {
    let cluster = RedisCluster::start(RedisServer::options()).await?;
    let redis = Redis::open(&of_cluster(&cluster).build()?).await?;
    let breaker = CircuitBreakerLayer::new()
        .threshold(NonZeroU32::new(THRESHOLD).unwrap())
        .over(redis.clone());
    let store = Store::new(breaker.clone()).with_timeout(Duration::from_millis(500));
    let rows: Vec<String> = (0..60).map(|row| format!("row {row}")).collect();
    for row in &rows {
        store.put(&seat(row), &1).await?;
    }
    cluster.replica_of(0).await?.kill()?;
    let dead = cluster.kill_master_of(0).await?.address().to_string();
    let is_dead = |row: &String| {
        let key = encode_key(&seat(row)).unwrap();
        redis.node_of(key.partition()).name() == dead
    };
    let (of_dead, of_living): (Vec<_>, Vec<_>) = rows.iter().partition(|row| is_dead(row));
    assert!(
        of_dead.len() > 5 && of_living.len() > 20,
        "{}",
        of_dead.len()
    );
    for row in of_dead.iter().cycle().take(THRESHOLD as usize) {
        assert!(store.get(&seat(row)).await.is_err());
    }
    let begun = Instant::now();
    for row in &of_dead {
        let error = store.get(&seat(row)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CircuitOpen, "{error}");
        assert!(error.to_string().contains(&dead), "{error}");
        let error = store.put(&seat(row), &2).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CircuitOpen, "{error}");
    }
    assert!(
        begun.elapsed() < Duration::from_millis(200),
        "{:?}",
        begun.elapsed()
    );
    for row in &of_living {
        assert_eq!(store.get(&seat(row)).await?, Some(1));
        store.put(&seat(row), &2).await?;
    }
    let open = states(&breaker).into_iter();
    let open: Vec<_> = open
        .filter(|(_, state)| *state != CircuitState::Closed)
        .collect();
    assert_eq!(open, [(dead, CircuitState::Open)]);
    Ok(())
}
