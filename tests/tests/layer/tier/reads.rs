//! Who is asked for what.

use prometheus::{Registry, TextEncoder};
use typed_state::backend::{Backend as _, Context, Key, Mutation, Reads, Revision, Scope};
use typed_state::backend::{Commit, Expiry};
use typed_state::layer::{CacheLayer, MetricsLayer};
use typed_state::store::Lifetime;
use typed_state::{Store, backends::Memory, layer::TierLayer};

use super::Seat;
use super::world::World;

#[tokio::test]
async fn what_one_process_has_read_another_reads_of_the_upper_store_in_one_round_trip() {
    let world = World::new();
    world.direct.put(&Seat(1), &7).await.unwrap();
    let (one, other) = (world.process(), world.process());
    assert_eq!(one.get(&Seat(1)).await.unwrap(), Some(7));
    assert_eq!(world.calls(), (3, 1), "looked, leased and kept");
    assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(7));
    assert!(other.contains(&Seat(1)).await.unwrap());
    assert_eq!(world.calls(), (5, 1));
    assert_eq!(one.backend().statistics().misses, 1);
    assert_eq!(other.backend().statistics().hits, 2);
}

#[tokio::test]
async fn many_keys_take_as_many_round_trips_as_one() {
    let world = World::new();
    let seats: Vec<Seat> = (0..10).map(Seat).collect();
    for seat in &seats[..8] {
        world.direct.put(seat, &seat.0).await.unwrap();
    }
    let all: Vec<_> = (0..10)
        .map(|number| (number < 8).then_some(number))
        .collect();
    let (one, other) = (world.process(), world.process());
    assert_eq!(one.get(&seats[3]).await.unwrap(), Some(3));
    assert_eq!(world.calls(), (3, 1));
    assert_eq!(one.get_many(&seats).await.unwrap(), all);
    assert_eq!(world.calls(), (6, 2), "looked, leased and kept at once");
    assert_eq!(other.get_many(&seats).await.unwrap(), all);
    assert_eq!(world.calls(), (7, 2));
    let twice = [Seat(1), Seat(20), Seat(1), Seat(20)];
    let read = one.get_many(&twice).await.unwrap();
    assert_eq!(read, [Some(1), None, Some(1), None]);
}

#[tokio::test]
async fn the_absence_of_an_entry_is_copied_until_there_is_one() {
    let world = World::new();
    let (one, other) = (world.process(), world.process());
    assert_eq!(one.get(&Seat(1)).await.unwrap(), None);
    assert_eq!(other.get(&Seat(1)).await.unwrap(), None);
    assert_eq!(other.backend().statistics().negative_hits, 1);
    assert!(one.insert(&Seat(1), &7).await.unwrap());
    assert_eq!(other.get(&Seat(1)).await.unwrap(), Some(7));

    let none = world.process_with(world.layer().negative_ttl(std::time::Duration::ZERO));
    none.get(&Seat(2)).await.unwrap();
    world.advance(3);
    none.get(&Seat(2)).await.unwrap();
    assert_eq!(none.backend().statistics().misses, 2);
}

/// Written behind the back of the tier, so that what is read tells who was asked.
#[tokio::test]
async fn reads_that_something_follows_from_ask_the_store() {
    let world = World::new();
    let process = world.process();
    let seat = Seat(1);
    process.put(&seat, &1).await.unwrap();
    process.get(&seat).await.unwrap();
    let revision = world.direct.put(&seat, &10).await.unwrap();
    assert_eq!(process.get(&seat).await.unwrap(), Some(1), "it is a copy");
    let versioned = process.get_versioned(&seat).await.unwrap().unwrap();
    assert_eq!((versioned.value, versioned.revision), (10, revision));
    assert_eq!(process.ttl(&seat).await.unwrap(), Lifetime::Forever);
    let updated = process.update(&seat, |seat| seat.map(|seat| seat + 1));
    assert_eq!(updated.await.unwrap(), Some(11));
    assert_eq!(process.get(&seat).await.unwrap(), Some(11));
    world.direct.put(&seat, &20).await.unwrap();
    let mut tx = process.transaction();
    assert_eq!(tx.get(&seat).await.unwrap(), Some(20));
    tx.put(&seat, &21).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(process.get(&seat).await.unwrap(), Some(21));
    world.direct.put(&seat, &30).await.unwrap();
    assert_eq!(process.take(&seat).await.unwrap(), Some(30));
    assert_eq!(process.get(&seat).await.unwrap(), None);
}

/// Its place would be longer than a key may be.
#[tokio::test]
async fn a_key_without_room_for_a_place_is_read_of_the_store() {
    let world = World::new();
    let process = world.process();
    let bytes = [&b"seat\x00"[..], &[7; 2_040]].concat();
    let key = Key::new(&bytes[..], bytes.len()).unwrap();
    let mut put = Commit::new(Revision::from_bits(1), Scope::Partition);
    put.apply(Mutation::Put {
        key: key.clone(),
        value: bytes::Bytes::from_static(b"value"),
        expiry: Expiry::Never,
    })
    .unwrap();
    let cx = Context::new().with_reads(Reads::Cached);
    let _applied = process.backend().commit(&cx, put).await.unwrap();
    for _ in 0..2 {
        let read = process
            .backend()
            .get(&cx, std::slice::from_ref(&key))
            .await
            .unwrap();
        assert_eq!(read[0].as_ref().unwrap().value, "value");
    }
    assert_eq!(world.calls(), (0, 3));
}

/// What memory has is asked of nobody, and what it has not of the upper store.
#[tokio::test]
async fn the_cache_of_a_process_is_filled_from_the_upper_store() {
    let world = World::new();
    world.direct.put(&Seat(1), &7).await.unwrap();
    world.process().get(&Seat(1)).await.unwrap();
    let below = world.below.memory().clone();
    let upper = world.upper.memory().clone();
    let store = Store::builder(below)
        .tier(TierLayer::new(upper))
        .cache(CacheLayer::new().local())
        .metrics(MetricsLayer::new())
        .build();
    let registry = Registry::new();
    store.register_metrics(&registry, "").unwrap();
    for _ in 0..3 {
        assert_eq!(store.get(&Seat(1)).await.unwrap(), Some(7));
    }
    let all = store.get_many(&[Seat(1), Seat(2)]).await.unwrap();
    assert_eq!(all, [Some(7), None]);
    let families = registry.gather();
    let text = TextEncoder::new().encode_to_string(&families).unwrap();
    for (result, count) in [
        ("hit", 3),
        ("negative_hit", 0),
        ("miss", 2),
        ("upper_hit", 1),
        ("upper_negative_hit", 0),
        ("upper_miss", 1),
        ("upper_failed", 0),
    ] {
        let line = format!("result=\"{result}\",store=\"\"}} {count}\n");
        assert!(text.contains(&line), "{line} is not in\n{text}");
    }
    assert!(text.contains("state_cache_untold_writes_total"), "{text}");
}

/// The layers come into one order, whatever that of the calls is: the types say so.
#[tokio::test]
async fn the_tier_stands_between_cache_and_batch() {
    use typed_state::layer::{Batch, Cache, Tiered};
    let store: Store<Cache<Tiered<Memory, Batch<Memory>>>> = Store::builder(Memory::new())
        .tier(TierLayer::new(Memory::new()))
        .batch()
        .cache(CacheLayer::new())
        .build();
    store.health().await.unwrap();
}
