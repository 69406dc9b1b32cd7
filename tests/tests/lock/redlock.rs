//! Redlock on five servers that are stopped, paused and made to forget: a majority is needed, and enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::{join_all, try_join_all};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::time::{sleep, timeout};
use typed_state::backends::{Memory, Redis, RedisConfig};
use typed_state::lock::{HeldLock, Loss, Redlock};
use typed_state::testing::TestResult;
use typed_state::{ErrorKind, StateKey, Store, Ttl};
use typed_state_tests::seed;
use typed_state_tests::servers::RedisServer;

const NODES: usize = 5;
const QUORUM: usize = 3;
/// How long nodes have to answer where the time to live is [`TTL`].
const PATIENCE: Duration = Duration::from_millis(400);
const TTL: i64 = 8_000;
/// One in which a test can see a lock end.
const SHORT: i64 = 2_000;
/// What a busy machine takes beside.
const SLACK: Duration = Duration::from_millis(300);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "job", value = u64)]
struct Job(u64);

const JOB: Job = Job(7);

struct Nodes {
    servers: Vec<RedisServer>,
    stores: Vec<Store<Redis>>,
    redlock: Redlock<Redis>,
}

fn ttl(millis: i64) -> Ttl {
    Ttl::from_millis(millis).unwrap()
}

async fn opened(servers: &[RedisServer]) -> TestResult<Vec<Store<Redis>>> {
    let stores = servers.iter().map(|server| async {
        let config = RedisConfig::url(server.url()?).connect_timeout(Duration::from_secs(1));
        TestResult::Ok(Store::new(Redis::open(&config.build()?).await?))
    });
    try_join_all(stores).await
}

impl Nodes {
    async fn start() -> TestResult<Self> {
        let servers = (0..NODES).map(|_| RedisServer::options().append_only().start());
        let servers = try_join_all(servers).await?;
        let stores = opened(&servers).await?;
        Ok(Self {
            redlock: Redlock::new(stores.clone())?,
            stores,
            servers,
        })
    }

    /// Another process' view of the same nodes.
    async fn other(&self) -> TestResult<Redlock<Redis>> {
        Ok(Redlock::new(opened(&self.servers).await?)?)
    }

    async fn acquire(&self, millis: i64) -> TestResult<HeldLock> {
        let lock = self.redlock.lock(&JOB).ttl(ttl(millis));
        Ok(lock.acquire_within(Duration::from_secs(5)).await?)
    }

    async fn acquire_is_refused(&self) -> TestResult {
        let tried = self.redlock.lock(&JOB).ttl(ttl(TTL)).try_acquire().await?;
        assert!(tried.is_none(), "somebody has it");
        Ok(())
    }

    /// Which nodes of these have a record of the lock.
    async fn taken(&self, nodes: &[usize]) -> TestResult<Vec<usize>> {
        let mut taken = Vec::new();
        for &node in nodes {
            if self.stores[node].lock(&JOB).current().await?.is_some() {
                taken.push(node);
            }
        }
        Ok(taken)
    }

    /// Waits until none of these nodes has a record; much less than its time to live.
    async fn until_free(&self, nodes: &[usize]) -> TestResult {
        let begun = Instant::now();
        while let taken = self.taken(nodes).await?
            && !taken.is_empty()
        {
            assert!(begun.elapsed() < 2 * PATIENCE, "{taken:?} are still taken");
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Waits until the connections to a server that was started again stand.
    async fn until_reached(&self, node: usize) {
        let begun = Instant::now();
        while let Err(error) = self.stores[node].get(&JOB).await {
            assert!(begun.elapsed() < Duration::from_secs(10), "{error}");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_majority_of_nodes_is_enough_and_no_minority() -> TestResult {
    let nodes = Nodes::start().await?;
    let lock = nodes.redlock.lock(&JOB).ttl(ttl(TTL));
    let mut last = None;
    // In the order of Gray's code, so that each step stops or starts one.
    let (mut before, mut enough) = (0_u32, 0);
    for step in 0..1_u32 << NODES {
        let stopped = step ^ (step >> 1);
        let changed = usize::try_from((stopped ^ before).trailing_zeros())?;
        if stopped > before {
            nodes.servers[changed].kill()?;
        } else if stopped < before {
            nodes.servers[changed].start_again().await?;
            nodes.until_reached(changed).await;
        }
        before = stopped;
        let alive: Vec<_> = (0..NODES).filter(|node| stopped >> node & 1 == 0).collect();
        let tried = lock.try_acquire().await;
        if alive.len() < QUORUM {
            let error = tried.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
            assert!(error.to_string().contains("3 must agree"), "{error}");
            nodes.until_free(&alive).await?;
            continue;
        }
        let held = tried?.unwrap();
        assert!(held.is_held() && held.remaining() > Duration::from_secs(6));
        assert!(Some(held.fence()) > last, "{} after {last:?}", held.fence());
        last = Some(held.fence());
        held.release().await?;
        nodes.until_free(&alive).await?;
        enough += 1;
    }
    assert_eq!(enough, 16);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hung_node_holds_up_neither_lock_nor_release_for_longer_than_it_has() -> TestResult {
    let nodes = Nodes::start().await?;
    nodes.acquire(TTL).await?.release().await?;
    nodes.servers[2].pause()?;
    let begun = Instant::now();
    let held = nodes.acquire(TTL).await?;
    assert!(begun.elapsed() < PATIENCE + SLACK, "{:?}", begun.elapsed());
    let begun = Instant::now();
    held.release().await?;
    assert!(begun.elapsed() < PATIENCE + SLACK, "{:?}", begun.elapsed());
    nodes.until_free(&[0, 1, 3, 4]).await?;
    sleep(PATIENCE).await;
    nodes.servers[2].resume()?;
    nodes.until_reached(2).await;
    sleep(PATIENCE).await;
    let taken = nodes.taken(&[2]).await?;
    assert!(taken.is_empty(), "what it was asked long ago is not done");
    assert!(nodes.redlock.lock(&JOB).try_acquire().await?.is_some());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_try_that_fails_leaves_nothing_on_any_node() -> TestResult {
    let nodes = Nodes::start().await?;
    let mut elsewhere = Vec::new();
    for node in [0, 2, 4] {
        elsewhere.push(nodes.stores[node].lock(&JOB).acquire().await?);
    }
    let lock = nodes.redlock.lock(&JOB).ttl(ttl(TTL));
    for _ in 0..10 {
        assert!(lock.try_acquire().await?.is_none());
        nodes.until_free(&[1, 3]).await?;
    }
    // One that answers late has it for a moment, and nobody finds it there.
    nodes.servers[1].pause()?;
    assert!(lock.try_acquire().await?.is_none());
    sleep(Duration::from_millis(20)).await;
    nodes.servers[1].resume()?;
    nodes.until_reached(1).await;
    sleep(PATIENCE).await;
    nodes.until_free(&[1, 3]).await?;
    let limit = Duration::from_millis(300);
    let begun = Instant::now();
    let refused = lock.acquire_within(limit).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Timeout, "{refused}");
    assert!(
        begun.elapsed() < limit + PATIENCE + SLACK,
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(nodes.taken(&[0, 1, 2, 3, 4]).await?, [0, 2, 4]);
    drop(elsewhere);
    let held = lock.acquire_within(Duration::from_secs(3)).await?;
    let counts = nodes.redlock.lock_statistics();
    assert_eq!((counts.acquired, counts.held), (1, 1));
    assert!((1..=2).contains(&counts.waited), "{counts:?}");
    held.release().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_try_or_guard_leaves_nothing() -> TestResult {
    let nodes = Nodes::start().await?;
    let all: Vec<_> = (0..NODES).collect();
    let mut random = StdRng::seed_from_u64(seed());
    for _ in 0..40 {
        let patience = Duration::from_micros(random.random_range(0..3_000));
        let lock = nodes.redlock.lock(&JOB).ttl(ttl(TTL));
        // The guard goes, too, where it came in time.
        drop(timeout(patience, lock.try_acquire()).await);
        nodes.until_free(&all).await?;
    }
    let counts = nodes.redlock.lock_statistics();
    assert_eq!((counts.held, counts.unreleased), (0, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_contenders_who_split_the_votes_each_gets_it_in_the_end() -> TestResult {
    const CONTENDERS: u64 = 3;
    const TURNS: u64 = 8;
    let nodes = Nodes::start().await?;
    let mut contenders = vec![nodes.redlock.clone()];
    for _ in 1..CONTENDERS {
        contenders.push(nodes.other().await?);
    }
    let inside = Arc::new(AtomicU64::new(0));
    let greatest = Arc::new(AtomicU64::new(0));
    let tasks = contenders.into_iter().map(|redlock| {
        let (inside, greatest) = (Arc::clone(&inside), Arc::clone(&greatest));
        tokio::spawn(async move {
            for _ in 0..TURNS {
                let lock = redlock.lock(&JOB).ttl(ttl(TTL));
                let held = lock.acquire_within(Duration::from_secs(40)).await?;
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
                let fence = held.fence().get();
                assert!(
                    greatest.fetch_max(fence, Ordering::SeqCst) < fence,
                    "they rise"
                );
                sleep(Duration::from_millis(3)).await;
                inside.fetch_sub(1, Ordering::SeqCst);
                held.release().await?;
            }
            TestResult::Ok(())
        })
    });
    for task in join_all(tasks).await {
        task??;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_renewed_while_two_of_five_are_dead() -> TestResult {
    let nodes = Nodes::start().await?;
    let other = nodes.other().await?;
    let held = nodes.acquire(SHORT).await?;
    for node in [1, 4] {
        nodes.servers[node].kill()?;
    }
    sleep(Duration::from_millis(2 * SHORT.unsigned_abs())).await;
    assert!(held.is_held());
    assert!(other.lock(&JOB).try_acquire().await?.is_none());
    held.release().await?;
    assert!(other.lock(&JOB).try_acquire().await?.is_some());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_renewal_keeps_the_lock() -> TestResult {
    let nodes = Nodes::start().await?;
    let held = nodes.acquire(SHORT).await?;
    nodes.acquire_is_refused().await?;
    for node in [0, 1, 2] {
        nodes.servers[node].pause()?;
    }
    let failed = held.extend(ttl(SHORT)).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Unavailable, "{failed}");
    assert!(held.is_held());
    assert_eq!(nodes.taken(&[3, 4]).await?, [3, 4]);
    for node in [0, 1, 2] {
        nodes.servers[node].resume()?;
    }
    // Longer than it had left.
    sleep(Duration::from_millis(SHORT.unsigned_abs())).await;
    assert!(held.is_held());
    nodes.acquire_is_refused().await?;
    held.release().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_lost_when_the_majority_dies_and_before_others_can_have_it() -> TestResult {
    let nodes = Nodes::start().await?;
    let held = nodes.acquire(SHORT).await?;
    let begun = Instant::now();
    for node in [0, 2, 3] {
        nodes.servers[node].kill()?;
    }
    let live = Duration::from_millis(SHORT.unsigned_abs());
    let lost = timeout(3 * live, held.lost()).await?;
    assert_eq!(lost, Loss::Expired);
    assert!(begun.elapsed() < live + SLACK, "{:?}", begun.elapsed());
    assert!(!held.is_held() && held.remaining().is_zero());
    let late = held.while_held(std::future::pending::<()>()).await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::LockLost);
    let released = held.release().await.unwrap_err();
    assert_eq!(released.kind(), ErrorKind::LockLost, "{released}");
    assert_eq!(nodes.redlock.lock_statistics().lost, 1);
    Ok(())
}

/// Two nodes, drawn anew each time, give theirs to others, and so count more than the rest: what the last holder wrote back is found
/// whatever majority is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fences_rise_whatever_majority_grants() -> TestResult {
    let nodes = Nodes::start().await?;
    let lock = nodes.redlock.lock(&JOB).ttl(ttl(TTL));
    let mut random = StdRng::seed_from_u64(seed());
    let mut last = None;
    for _ in 0..60 {
        let mut elsewhere = Vec::new();
        while elsewhere.len() < 2 {
            let node = random.random_range(0..NODES);
            let local = nodes.stores[node].lock(&JOB).ttl(ttl(60_000));
            let mut last = local.try_acquire().await?;
            for _ in 0..random.random_range(0..4) {
                if let Some(held) = last {
                    held.release().await?;
                    last = local.try_acquire().await?;
                }
            }
            elsewhere.extend(last);
        }
        let held = lock.try_acquire().await?.unwrap();
        assert!(Some(held.fence()) > last, "{} after {last:?}", held.fence());
        last = Some(held.fence());
        held.release().await?;
        for local in elsewhere {
            local.release().await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_forgot_have_the_record_again_after_a_renewal() -> TestResult {
    let nodes = Nodes::start().await?;
    for _ in 0..3 {
        nodes.acquire(TTL).await?.release().await?;
    }
    let held = nodes.acquire(SHORT).await?;
    // In the end none remembers what it knew at first.
    for forgotten in [&[1, 3][..], &[0, 4], &[2]] {
        for &node in forgotten {
            nodes.servers[node].command(&["FLUSHALL"]).await?;
        }
        nodes.acquire_is_refused().await?;
        sleep(Duration::from_millis(SHORT.unsigned_abs() * 2 / 3)).await;
        assert!(held.is_held());
        assert_eq!(nodes.taken(forgotten).await?, forgotten);
    }
    let fence = held.fence();
    assert!(fence.get() > 3);
    held.release().await?;
    let next = nodes.acquire(TTL).await?;
    assert!(next.fence() > fence, "the fence came back, too");
    Ok(())
}

#[tokio::test]
async fn nodes_must_be_three_or_more_of_odd_number_and_each_another() -> TestResult {
    let memory = || Store::new(Memory::new());
    let refused = |nodes: Vec<Store<Memory>>| {
        let error = Redlock::new(nodes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        error.to_string()
    };
    for count in 0..3 {
        assert!(refused((0..count).map(|_| memory()).collect()).contains("three or more"));
    }
    assert!(refused((0..4).map(|_| memory()).collect()).contains("odd number"));
    let twin = memory();
    assert!(refused(vec![twin.clone(), memory(), twin]).contains("named twice"));

    let [one, other] = [
        RedisServer::options().start().await?,
        RedisServer::options().start().await?,
    ];
    let open = async |server: &RedisServer| {
        let config = RedisConfig::url(server.url()?).build()?;
        TestResult::Ok(Store::new(Redis::open(&config).await?))
    };
    let nodes = [open(&one).await?, open(&one).await?, open(&other).await?];
    let redlock = Redlock::new(nodes.clone())?;
    let mut told = 0;
    for _ in 0..10 {
        // Two of the three are a majority, which may be there before the twin is found out.
        match redlock.lock(&JOB).try_acquire().await {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
                assert!(error.to_string().contains("one and the same"), "{error}");
                told += 1;
            }
            Ok(held) => held.unwrap().release().await?,
        }
    }
    assert!(told > 0);
    other.kill()?;
    let tried = redlock.lock(&JOB).try_acquire().await;
    assert!(tried.is_err(), "one server is no majority of two");
    Ok(())
}
