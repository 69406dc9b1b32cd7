//! What is read of a checkpoint without a store.

use std::sync::Arc;
use std::time::Duration;

use typed_state::backends::Memory;
use typed_state::checkpoint::target::{Objects, Target as _};
use typed_state::checkpoint::{CheckpointReader, Checkpoints};
use typed_state::testing::{Fixture as _, Harness, MemoryHarness};
use typed_state::{ErrorKind, StateKey, StateValue, Store, Ttl};
use typed_state_tests::EmbeddedHarness;
use typed_state_tests::postgres::{PostgresHarness, PostgresMode};
use typed_state_tests::redis::{RedisHarness, RedisMode};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "orders", value = Order)]
struct OrderKey {
    #[state(partition)]
    tenant: String,
    number: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, StateValue)]
#[state(name = "order")]
struct Order {
    cents: u64,
}

/// The same as a later program has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "orders", value = PricedOrder)]
struct LaterKey {
    #[state(partition)]
    tenant: String,
    number: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, StateValue)]
#[state(name = "order", version = 2, from = Order)]
struct PricedOrder {
    cents: u64,
    currency: String,
}

impl From<Order> for PricedOrder {
    fn from(order: Order) -> Self {
        Self {
            cents: order.cents,
            currency: "EUR".into(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "visits", value = u64)]
struct VisitKey {
    page: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "unknown", value = u64)]
struct UnknownKey {
    page: String,
}

fn order(number: u32) -> (OrderKey, Order) {
    let key = OrderKey {
        tenant: format!("tenant {}", number % 5),
        number,
    };
    let cents = u64::from(number) * 100;
    (key, Order { cents })
}

async fn fill<B: typed_state::backend::Backend>(store: &Store<B>) {
    for number in 0..500 {
        let (key, value) = order(number);
        store.put(&key, &value).await.unwrap();
        let page = format!("page {number}");
        let short = Ttl::new(Duration::from_hours(1)).unwrap();
        let store = store.with_expiry(short);
        store.put(&VisitKey { page }, &number.into()).await.unwrap();
    }
}

async fn everything_is_read<H: Harness>(harness: H) {
    let fixture = harness.fresh().await.unwrap();
    let store = Store::new(Arc::clone(fixture.backend()));
    fill(&store).await;
    let checkpoints = Checkpoints::new(Objects::memory()).chunk_size(2 << 10);
    let id = checkpoints.create(&store).await.unwrap().id;
    // Nobody needs the store any more.
    drop((store, fixture));

    let reader = checkpoints.read(&id).await.unwrap();
    assert!(reader.manifest().chunks.len() > 5);
    assert_eq!(reader.namespaces()["orders"].entries, 500);
    assert_eq!(reader.namespaces()["visits"].entries, 500);
    let mut orders = reader.entries::<OrderKey>().collect().await.unwrap();
    orders.sort_by(|a, b| a.0.cmp(&b.0));
    let mut expected: Vec<_> = (0..500).map(order).collect();
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(orders, expected);
    let later = reader.entries::<LaterKey>().collect().await.unwrap();
    assert_eq!(later.len(), 500);
    assert!(later.iter().all(|(_, order)| order.currency == "EUR"));
    let mut visits = reader.entries::<VisitKey>();
    let mut sum = 0;
    while let Some((_, number)) = visits.next().await.unwrap() {
        sum += number;
    }
    assert_eq!(sum, 499 * 500 / 2);
    assert_eq!(reader.entries::<UnknownKey>().next().await.unwrap(), None);
    let mut rows = reader.rows();
    let mut expiring = 0;
    while let Some(row) = rows.next().await.unwrap() {
        expiring += u64::from(row.expires.is_some());
    }
    assert_eq!(expiring, 500);
}

#[tokio::test]
async fn everything_is_read_of_memory() {
    everything_is_read(MemoryHarness).await;
}

#[tokio::test]
async fn everything_is_read_of_a_disk() {
    everything_is_read(EmbeddedHarness::default()).await;
}

#[tokio::test]
async fn everything_is_read_of_redis() {
    everything_is_read(RedisHarness(RedisMode::Standalone)).await;
}

#[tokio::test]
async fn everything_is_read_of_postgres() {
    everything_is_read(PostgresHarness(PostgresMode::Direct)).await;
}

async fn read_all(reader: &CheckpointReader<Arc<Objects>>) -> typed_state::Result<usize> {
    Ok(reader.entries::<OrderKey>().collect().await?.len())
}

#[tokio::test]
async fn damage_is_an_error() {
    let store = Store::new(Memory::new());
    fill(&store).await;
    let target = Arc::new(Objects::memory());
    let checkpoints = Checkpoints::new(Arc::clone(&target)).chunk_size(2 << 10);
    let id = checkpoints.create(&store).await.unwrap().id;
    let reader = checkpoints.read(&id).await.unwrap();
    assert_eq!(read_all(&reader).await.unwrap(), 500);

    let name = format!("chunks/{}", reader.manifest().chunks[1].hash);
    let mut bytes = target.read(&name).await.unwrap().unwrap().to_vec();
    target.delete(&name).await.unwrap();
    let missing = read_all(&reader).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Corrupt);
    assert!(missing.to_string().contains(&name), "{missing}");

    bytes[10] ^= 1;
    assert!(target.create(&name, bytes.into()).await.unwrap());
    let damaged = read_all(&reader).await.unwrap_err();
    assert_eq!(damaged.kind(), ErrorKind::Corrupt);
    assert!(damaged.to_string().contains(&name), "{damaged}");

    let nowhere = "20200101T000000.000Z-00000000".parse().unwrap();
    let none = checkpoints.read(&nowhere).await.unwrap_err();
    assert_eq!(none.kind(), ErrorKind::InvalidInput, "{none}");
}
