//! How long copies live.

use std::time::Duration;

use typed_state::Ttl;
use typed_state::backend::{Backend as _, Context, Key, Reads};
use typed_state_tests::Act;

use super::Seat;
use super::world::{World, called, held};

fn seconds(seconds: u64) -> Ttl {
    Ttl::new(Duration::from_secs(seconds)).unwrap()
}

#[tokio::test]
async fn a_copy_is_kept_for_its_time() {
    let world = World::new();
    let process = world.process();
    world.direct.put(&Seat(1), &1).await.unwrap();
    assert_eq!(process.get(&Seat(1)).await.unwrap(), Some(1));
    assert_eq!(process.get(&Seat(2)).await.unwrap(), None);
    for seat in [1, 2] {
        world.direct.put(&Seat(seat), &10).await.unwrap();
    }
    world.advance(9);
    assert_eq!(process.get(&Seat(2)).await.unwrap(), None);
    world.advance(1);
    assert_eq!(process.get(&Seat(2)).await.unwrap(), Some(10));
    world.advance(49);
    assert_eq!(process.get(&Seat(1)).await.unwrap(), Some(1));
    world.advance(1);
    assert_eq!(process.get(&Seat(1)).await.unwrap(), Some(10));
}

/// At each moment of an entry's life, and after it, it is read as the store has it, whenever the copy was made.
#[tokio::test]
async fn a_copy_does_not_outlive_its_entry() {
    for copied_after in [0, 1, 5, 7, 8, 9] {
        let world = World::new();
        let process = world.process();
        let expiring = world.direct.with_expiry(seconds(10));
        expiring.put(&Seat(1), &1).await.unwrap();
        world.advance(copied_after);
        let mut hits = 0;
        for _ in copied_after..15 {
            let read = process.get(&Seat(1)).await.unwrap();
            assert_eq!(read, world.direct.get(&Seat(1)).await.unwrap());
            let now = process.backend().statistics().hits;
            assert!(now <= hits + 1);
            hits = now;
            world.advance(1);
        }
        // Copied for what it lives, less a lease of two seconds.
        assert_eq!(hits, 7_u64.saturating_sub(copied_after), "{copied_after}");
    }
}

/// However long the answer of the store, or what is kept of it, was on its way.
#[tokio::test]
async fn a_copy_that_was_made_late_does_not_outlive_its_entry() {
    for late in [0, 1, 2, 3, 9] {
        let world = World::new();
        let process = world.process();
        let expiring = world.direct.with_expiry(seconds(10));
        expiring.put(&Seat(1), &1).await.unwrap();
        let (release, hold) = held();
        world.upper.script([Act::Pass, Act::Pass, hold]);
        let reader = tokio::spawn({
            let process = process.clone();
            async move { process.get(&Seat(1)).await }
        });
        called(&world.upper, 3).await;
        world.advance(late);
        drop(release);
        assert_eq!(reader.await.unwrap().unwrap(), Some(1));
        process.get(&Seat(1)).await.unwrap();
        let copied = process.backend().statistics().hits == 1;
        assert_eq!(copied, late < 2, "{late}");
        world.advance(10 - late);
        assert_eq!(process.get(&Seat(1)).await.unwrap(), None);
    }
}

/// Of what is left less is told by as much as a lease takes, and never more.
#[tokio::test]
async fn a_cache_is_told_no_more_than_what_is_left() {
    let world = World::new();
    let process = world.process();
    let expiring = world.direct.with_expiry(seconds(200));
    expiring.put(&Seat(1), &1).await.unwrap();
    process.get(&Seat(1)).await.unwrap();
    let plain = Context::new().with_reads(Reads::Cached).with_lifetimes();
    let (place, _) = world.slots().await.remove(0);
    let bytes = &place.as_bytes()["~tier\0".len()..];
    let key = Key::new(bytes, bytes.len()).unwrap();
    for _ in 0..59 {
        let ttl = async |cx: &Context| {
            let read = process
                .backend()
                .get(cx, std::slice::from_ref(&key))
                .await
                .unwrap();
            read[0].as_ref().unwrap().ttl.unwrap().as_millis()
        };
        let copied = ttl(&plain).await;
        assert_eq!(copied, ttl(&Context::new().with_lifetimes()).await - 2_000);
        world.advance(1);
    }
    assert_eq!(process.backend().statistics().hits, 59);
}
