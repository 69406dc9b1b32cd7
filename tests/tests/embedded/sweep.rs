//! The expiry index and the sweeper of an embedded store.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use proptest::prelude::*;
use redb::Database;
use typed_state::backend::{
    Backend as _, Commit, Context, Expiry, Key, Mutation, Outcome, Revision, Scope, Ttl, Write,
    WriteBatch,
};
use typed_state::backends::{Durability, Embedded};
use typed_state::{Clock as _, ManualClock};
use typed_state_tests::embedded_file::{self, Contents, EXPIRIES};

fn key(name: &str) -> Key {
    let bytes = [b"sweep\0", name.as_bytes()].concat();
    Key::new(bytes.as_slice(), 6).unwrap()
}

fn after(millis: i64) -> Expiry {
    Expiry::After(Ttl::from_millis(millis).unwrap())
}

async fn open(directory: &Path, clock: &Arc<ManualClock>) -> Embedded {
    let builder = Embedded::builder(directory).clock(Arc::clone(clock));
    builder.sweep_every(None).open().await.unwrap()
}

async fn apply(store: &Embedded, mutation: Mutation) {
    let mut commit = Commit::new(Revision::from_bits(1), Scope::Partition);
    commit.apply(mutation).unwrap();
    let outcome = store.commit(&Context::new(), commit).await.unwrap();
    assert!(matches!(outcome, Outcome::Applied(_)));
}

async fn put(store: &Embedded, name: &str, expiry: Expiry) {
    let value = Bytes::from_static(b"value");
    let key = key(name);
    apply(store, Mutation::Put { key, value, expiry }).await;
}

async fn put_many(store: &Embedded, count: usize, expiry: Expiry) {
    let write = |number: usize| Write::Put {
        key: key(&format!("{number}")),
        value: Bytes::from_static(b"value"),
        expiry,
    };
    let batch = WriteBatch {
        revision: Revision::from_bits(1),
        writes: (0..count).map(write).collect(),
    };
    store.write(&Context::new(), batch).await.unwrap();
}

async fn is_there(store: &Embedded, name: &str) -> bool {
    let entries = store.get(&Context::new(), &[key(name)]).await.unwrap();
    entries[0].is_some()
}

#[tokio::test]
async fn a_sweep_removes_what_has_expired_up_to_its_limit() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::default());
    let store = open(directory.path(), &clock).await;
    put_many(&store, 2_500, after(1_000)).await;
    put(&store, "long", after(1_001)).await;
    put(&store, "eternal", Expiry::Never).await;
    assert_eq!(store.sweep(u64::MAX).await.unwrap(), 0);
    clock.advance(Duration::from_secs(1));
    assert_eq!(store.sweep(0).await.unwrap(), 0);
    assert_eq!(store.sweep(1).await.unwrap(), 1);
    assert_eq!(store.sweep(1_500).await.unwrap(), 1_500);
    let (one, two) = tokio::join!(store.sweep(u64::MAX), store.sweep(u64::MAX));
    assert_eq!(one.unwrap() + two.unwrap(), 999);
    assert!(is_there(&store, "long").await && is_there(&store, "eternal").await);
    store.close().await.unwrap();
    let expected = Contents {
        records: 2,
        expiring: 1,
    };
    assert_eq!(embedded_file::check(directory.path()).unwrap(), expected);
}

/// Nothing of what a key was before stays behind in the index.
#[tokio::test]
async fn every_way_to_change_an_expiry_keeps_the_index_exact() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::default());
    let store = open(directory.path(), &clock).await;
    let names = [
        "put",
        "cleared",
        "kept",
        "touched",
        "persisted",
        "deleted",
        "again",
    ];
    for name in names {
        put(&store, name, after(10)).await;
    }
    put(&store, "put", after(20)).await;
    put(&store, "cleared", Expiry::Never).await;
    put(&store, "kept", Expiry::Keep).await;
    let touch = |name, expiry| Mutation::Touch {
        key: key(name),
        expiry,
    };
    apply(&store, touch("touched", after(20))).await;
    apply(&store, touch("persisted", Expiry::Never)).await;
    apply(
        &store,
        Mutation::Delete {
            key: key("deleted"),
        },
    )
    .await;
    apply(&store, Mutation::Delete { key: key("again") }).await;
    put(&store, "again", after(20)).await;
    apply(
        &store,
        Mutation::Add {
            key: key("counter"),
            delta: 1,
            expiry: after(10),
        },
    )
    .await;
    clock.advance(Duration::from_millis(10));
    // "kept" and "counter".
    assert_eq!(store.sweep(u64::MAX).await.unwrap(), 2);
    for (name, there) in [
        ("put", true),
        ("cleared", true),
        ("kept", false),
        ("touched", true),
    ] {
        assert_eq!(is_there(&store, name).await, there, "{name}");
    }
    store.close().await.unwrap();
    let expected = Contents {
        records: 5,
        expiring: 3,
    };
    assert_eq!(embedded_file::check(directory.path()).unwrap(), expected);
}

#[tokio::test]
async fn rows_of_the_index_that_no_record_stands_behind_are_cleared_away() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::default());
    let store = open(directory.path(), &clock).await;
    put(&store, "eternal", Expiry::Never).await;
    put(&store, "long", after(1_000)).await;
    store.close().await.unwrap();
    {
        let database = Database::open(embedded_file::path(directory.path())).unwrap();
        let write = database.begin_write().unwrap();
        let mut rows = write.open_table(EXPIRIES).unwrap();
        let past = (clock.now().as_millis() ^ i64::MIN).to_be_bytes();
        for number in 0..1_500_u32 {
            let nobody = [past.as_slice(), b"sweep\0nobody", &number.to_be_bytes()].concat();
            rows.insert(nobody.as_slice(), ()).unwrap();
        }
        for name in ["eternal", "long"] {
            let other = [past.as_slice(), key(name).as_bytes()].concat();
            rows.insert(other.as_slice(), ()).unwrap();
        }
        rows.insert(b"short".as_slice(), ()).unwrap();
        drop(rows);
        write.commit().unwrap();
    }
    let store = open(directory.path(), &clock).await;
    assert_eq!(store.sweep(u64::MAX).await.unwrap(), 0);
    assert!(is_there(&store, "eternal").await && is_there(&store, "long").await);
    store.close().await.unwrap();
    let contents = embedded_file::check(directory.path()).unwrap();
    assert_eq!(contents.records, 2);
}

#[tokio::test]
async fn the_background_sweeper_removes_what_has_expired() {
    for durability in [
        Durability::Synced,
        Durability::Relaxed {
            interval: Duration::from_hours(1),
        },
    ] {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::default());
        let store = open(directory.path(), &clock).await;
        put_many(&store, 3_000, after(1_000)).await;
        put(&store, "long", after(2_000)).await;
        store.close().await.unwrap();
        clock.advance(Duration::from_secs(1));
        let give_up = Instant::now() + Duration::from_mins(1);
        let expected = Contents {
            records: 1,
            expiring: 1,
        };
        while embedded_file::check(directory.path()).unwrap() != expected {
            assert!(Instant::now() < give_up, "nothing swept in the background");
            let store = Embedded::builder(directory.path())
                .clock(Arc::clone(&clock))
                .durability(durability)
                .sweep_every(Some(Duration::from_millis(1)))
                .open()
                .await
                .unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
            store.close().await.unwrap();
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Put(u8, Option<i64>),
    Keep(u8),
    Touch(u8, Option<i64>),
    Delete(u8),
    Add(u8, Option<i64>),
    Pass(u64),
    Sweep(u64),
    Reopen,
}

fn steps() -> impl Strategy<Value = Step> {
    let name = || 0..6_u8;
    let ttl = || proptest::option::of(1..50_i64);
    prop_oneof![
        4 => (name(), ttl()).prop_map(|(name, ttl)| Step::Put(name, ttl)),
        1 => name().prop_map(Step::Keep),
        2 => (name(), ttl()).prop_map(|(name, ttl)| Step::Touch(name, ttl)),
        2 => name().prop_map(Step::Delete),
        2 => (100..103_u8, ttl()).prop_map(|(name, ttl)| Step::Add(name, ttl)),
        2 => (1..30_u64).prop_map(Step::Pass),
        1 => (0..5_u64).prop_map(Step::Sweep),
        1 => Just(Step::Reopen),
    ]
}

fn expiry(ttl: Option<i64>) -> Expiry {
    ttl.map_or(Expiry::Never, after)
}

/// When each entry that is stored expires, by a model of what the steps do.
#[derive(Default)]
struct Model {
    now: i64,
    expires: BTreeMap<u8, Option<i64>>,
}

impl Model {
    fn live(&self, name: u8) -> Option<&Option<i64>> {
        let expires = self.expires.get(&name);
        expires.filter(|expires| expires.is_none_or(|at| self.now < at))
    }

    fn step(&mut self, step: &Step) {
        let at = |ttl: Option<i64>| ttl.map(|ttl| self.now + ttl);
        match *step {
            Step::Put(name, ttl) => {
                let at = at(ttl);
                self.expires.insert(name, at);
            }
            Step::Keep(name) => {
                let kept = self.live(name).copied().flatten();
                self.expires.insert(name, kept);
            }
            Step::Touch(name, ttl) => {
                let at = at(ttl);
                if self.live(name).is_some() {
                    self.expires.insert(name, at);
                }
            }
            Step::Delete(name) => {
                self.expires.remove(&name);
            }
            Step::Add(name, ttl) => {
                let at = self.live(name).copied().unwrap_or(at(ttl));
                self.expires.insert(name, at);
            }
            Step::Pass(by) => self.now += i64::try_from(by).unwrap(),
            Step::Sweep(limit) => {
                let mut expired: Vec<(i64, u8)> = self
                    .expires
                    .iter()
                    .filter_map(|(name, at)| at.filter(|at| *at <= self.now).map(|at| (at, *name)))
                    .collect();
                expired.sort_unstable();
                for (_, name) in expired.into_iter().take(usize::try_from(limit).unwrap()) {
                    self.expires.remove(&name);
                }
            }
            Step::Reopen => {}
        }
    }
}

async fn run(steps: &[Step]) {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::default());
    let mut store = open(directory.path(), &clock).await;
    let mut model = Model::default();
    for step in steps {
        let key = |name: &u8| key(&format!("{name:03}"));
        match step {
            Step::Put(name, ttl) => put(&store, &format!("{name:03}"), expiry(*ttl)).await,
            Step::Keep(name) => put(&store, &format!("{name:03}"), Expiry::Keep).await,
            Step::Touch(name, ttl) => {
                let expiry = expiry(*ttl);
                let key = key(name);
                apply(&store, Mutation::Touch { key, expiry }).await;
            }
            Step::Delete(name) => apply(&store, Mutation::Delete { key: key(name) }).await,
            Step::Add(name, ttl) => {
                let add = Mutation::Add {
                    key: key(name),
                    delta: 1,
                    expiry: expiry(*ttl),
                };
                apply(&store, add).await;
            }
            Step::Pass(by) => clock.advance(Duration::from_millis(*by)),
            Step::Sweep(limit) => {
                let before = model.expires.len();
                let swept = store.sweep(*limit).await.unwrap();
                model.step(step);
                assert_eq!(swept, (before - model.expires.len()) as u64);
                continue;
            }
            Step::Reopen => {
                store.close().await.unwrap();
                store = open(directory.path(), &clock).await;
            }
        }
        model.step(step);
        for name in model.expires.keys() {
            let there = is_there(&store, &format!("{name:03}")).await;
            assert_eq!(there, model.live(*name).is_some(), "{name} after {step:?}");
        }
    }
    store.close().await.unwrap();
    let expected = Contents {
        records: model.expires.len(),
        expiring: model.expires.values().flatten().count(),
    };
    assert_eq!(embedded_file::check(directory.path()).unwrap(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_index_holds_what_expires_and_nothing_else(steps in proptest::collection::vec(steps(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(&steps));
    }
}
