//! Two restores of one store at the same time.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::time::{advance, timeout};
use typed_state::backends::Memory;
use typed_state::checkpoint::target::Object;
use typed_state::checkpoint::{CheckpointId, Checkpoints, Target};
use typed_state::testing::{Fixture as _, Harness, MemoryHarness};
use typed_state::{ErrorKind, ManualClock, Result, Store};
use typed_state_tests::EmbeddedHarness;
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::redis::{RedisHarness, RedisMode};

use super::kit::{Dump, assert_same, dump, fill};
use super::shelf::Shelf;

/// A target whose chunks are read as long as there are permits.
#[derive(Debug)]
struct Gated {
    shelf: Arc<Shelf>,
    gate: Semaphore,
}

impl Target for Gated {
    async fn create(&self, name: &str, bytes: Bytes) -> Result<bool> {
        self.shelf.create(name, bytes).await
    }

    async fn read(&self, name: &str) -> Result<Option<Bytes>> {
        if name.starts_with("chunks/") {
            self.gate.acquire().await.unwrap().forget();
        }
        self.shelf.read(name).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>> {
        self.shelf.list(folder).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.shelf.delete(name).await
    }
}

fn on(shelf: &Arc<Shelf>) -> Checkpoints<Arc<Shelf>> {
    Checkpoints::new(Arc::clone(shelf)).chunk_size(512)
}

/// Two checkpoints, and what they hold.
async fn prepared() -> (Arc<Shelf>, [(CheckpointId, Dump); 2]) {
    let shelf = Arc::new(Shelf::default());
    let taken = async |count: u64, salt: &str| {
        let store = Store::new(Memory::new());
        fill(store.backend(), count, salt).await;
        let id = on(&shelf).create(&store).await.unwrap().id;
        (id, dump(store.backend()).await)
    };
    let taken = [taken(40, "").await, taken(30, "other").await];
    (shelf, taken)
}

async fn end_in_one_of_both<H: Harness>(harness: H) {
    let (shelf, [(one, of_one), (other, of_other)]) = prepared().await;
    let fixture = harness.fresh().await.unwrap();
    // Of two processes.
    let open = || Store::new(Arc::clone(fixture.backend()));
    let (store, second) = (open(), open());
    let (first_of, second_of) = (on(&shelf), on(&shelf));
    let last = std::sync::Mutex::new(&of_one);
    tokio::join!(
        async {
            first_of
                .restore(&store, &one)
                .replace()
                .shift_ttls()
                .await
                .unwrap();
            *last.lock().unwrap() = &of_one;
        },
        async {
            second_of
                .restore(&second, &other)
                .replace()
                .shift_ttls()
                .await
                .unwrap();
            *last.lock().unwrap() = &of_other;
        },
    );
    let last = *last.lock().unwrap();
    assert_same(&dump(store.backend()).await, last);
    assert_eq!(first_of.unfinished(&store).await.unwrap(), None);

    // Into an empty store one comes to nothing.
    let fixture = harness.fresh().await.unwrap();
    let open = || Store::new(Arc::clone(fixture.backend()));
    let (store, second) = (open(), open());
    let (first_of, second_of) = (on(&shelf), on(&shelf));
    let (done, refused) = tokio::join!(
        async { first_of.restore(&store, &one).shift_ttls().await },
        async { second_of.restore(&second, &other).shift_ttls().await },
    );
    let (expected, refused) = match (done, refused) {
        (Ok(_), Err(refused)) => (&of_one, refused),
        (Err(refused), Ok(_)) => (&of_other, refused),
        both => panic!("{both:?}"),
    };
    assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
    assert_same(&dump(store.backend()).await, expected);
}

#[tokio::test]
async fn in_memory() {
    end_in_one_of_both(MemoryHarness).await;
}

#[tokio::test]
async fn on_disk() {
    end_in_one_of_both(EmbeddedHarness::default()).await;
}

#[tokio::test]
async fn on_redis() {
    end_in_one_of_both(RedisHarness(RedisMode::Standalone)).await;
}

#[tokio::test]
async fn on_a_cluster() {
    end_in_one_of_both(RedisHarness(RedisMode::Cluster)).await;
}

#[tokio::test]
async fn on_postgres() {
    end_in_one_of_both(PostgresHarness(PostgresMode::Direct)).await;
}

#[tokio::test(start_paused = true)]
async fn one_that_stood_still_ends_and_the_other_is_refused_while_it_lives() {
    let (shelf, [(one, _), (other, of_other)]) = prepared().await;
    let clock = Arc::new(ManualClock::default());
    let builder = Memory::builder().clock(Arc::clone(&clock));
    let store = Store::new(builder.sweep_every(None).build());
    let chunks = on(&shelf).verify(&one).await.unwrap().chunks.len();
    let gate = Semaphore::new(chunks + 2);
    let gated = Gated {
        shelf: Arc::clone(&shelf),
        gate,
    };
    let gated = Checkpoints::new(gated).chunk_size(512);
    let mut elder = pin!(gated.restore(&store, &one).into_future());
    let waited = timeout(Duration::from_secs(1), &mut elder).await;
    assert!(waited.is_err(), "it waits for a chunk");
    assert!(on(&shelf).unfinished(&store).await.unwrap().is_some());

    let on = on(&shelf);
    let refused = on.restore(&store, &other).replace().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(refused.to_string().contains("goes on"), "{refused}");
    let begun = on.unfinished(&store).await.unwrap().unwrap();
    assert_eq!(begun.id, one);

    clock.advance(Duration::from_secs(16));
    advance(Duration::from_secs(16)).await;
    on.restore(&store, &other)
        .replace()
        .shift_ttls()
        .await
        .unwrap();
    gated.target().gate.add_permits(1_000);
    let ended = elder.await.unwrap_err();
    assert_eq!(ended.kind(), ErrorKind::Conflict);
    assert!(ended.to_string().contains("stood still"), "{ended}");
    assert_same(&dump(store.backend()).await, &of_other);
}
