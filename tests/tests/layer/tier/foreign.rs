//! Bytes in the upper store that no tier has put there.

use bytes::Bytes;
use typed_state::backend::{Backend as _, Commit, Context, Expiry, Key, Mutation, Revision, Scope};

use super::Seat;
use super::world::{Process, World};

async fn plant(world: &World, key: &Key, value: Vec<u8>) {
    let mut commit = Commit::new(Revision::from_bits(1), Scope::Partition);
    let put = Mutation::Put {
        key: key.clone(),
        value: Bytes::from(value),
        expiry: Expiry::Never,
    };
    commit.apply(put).unwrap();
    let memory = world.upper.memory();
    let _put = memory.commit(&Context::new(), commit).await.unwrap();
}

/// The copy is of a seat that holds 7.
async fn with_a_copy() -> (World, Process, (Key, Vec<u8>)) {
    let world = World::new();
    let process = world.process();
    world.direct.put(&Seat(1), &7).await.unwrap();
    process.get(&Seat(1)).await.unwrap();
    let slot = world.slots().await.remove(0);
    (world, process, slot)
}

/// It counts as nothing, and a copy takes its place.
#[tokio::test]
async fn what_cannot_be_decoded_is_a_miss_once() {
    let (world, process, (place, copy)) = with_a_copy().await;
    let mut foreign: Vec<Vec<u8>> = (0..26).map(|len| copy[..len].to_vec()).collect();
    foreign.extend([b"value".to_vec(), vec![0; 100], vec![0xff; 100]]);
    foreign.extend([vec![1, 4], vec![1, 0, 0], vec![1, 1, 1], vec![1, 3, 0]]);
    for bytes in foreign {
        let before = process.backend().statistics();
        plant(&world, &place, bytes.clone()).await;
        for _ in 0..2 {
            assert_eq!(process.get(&Seat(1)).await.unwrap(), Some(7), "{bytes:?}");
        }
        let after = process.backend().statistics();
        assert_eq!(after.misses, before.misses + 1, "{bytes:?}");
        assert_eq!(after.hits, before.hits + 1, "{bytes:?}");
        assert_eq!(world.slots().await[0].1, copy);
    }
}

#[tokio::test]
async fn a_write_takes_it_away() {
    let world = World::new();
    let process = world.process();
    process.get(&Seat(1)).await.unwrap();
    let (place, _) = world.slots().await.remove(0);
    plant(&world, &place, b"value".to_vec()).await;
    process.put(&Seat(1), &1).await.unwrap();
    assert_eq!(world.slots().await, []);
}

/// Each bit of each kind of slot: what is read may be another value where the copy says so, and nothing fails.
#[tokio::test]
async fn damage_breaks_nothing() {
    let (world, process, (place, copy)) = with_a_copy().await;
    let mark = [&[1, 3][..], &[9; 8], &7_i64.to_be_bytes()].concat();
    for slot in [copy, mark, vec![1, 0], vec![1, 1]] {
        for bit in 0..8 * slot.len().min(26) {
            let mut damaged = slot.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            plant(&world, &place, damaged).await;
            let read = process.get(&Seat(1)).await.unwrap();
            assert!(matches!(read, Some(7) | None), "{read:?}");
            process.put(&Seat(1), &7).await.unwrap();
            assert_eq!(process.get(&Seat(1)).await.unwrap(), Some(7));
        }
    }
}
