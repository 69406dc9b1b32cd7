//! One bit of anything that is stored is changed: it is found, and nothing is restored.

use std::sync::Arc;

use typed_state::backends::Memory;
use typed_state::checkpoint::Checkpoints;
use typed_state::{ErrorKind, Store};

use super::kit::{assert_same, dump, fill, key, put};
use super::shelf::Shelf;

#[tokio::test]
async fn every_bit_counts() {
    let store = Store::new(Memory::new());
    fill(store.backend(), 4, "").await;
    let shelf = Arc::new(Shelf::default());
    let checkpoints = Checkpoints::new(Arc::clone(&shelf)).chunk_size(256);
    let id = checkpoints.create(&store).await.unwrap().id;
    assert!(shelf.names("chunks").len() > 2);
    assert!(shelf.names("busy").is_empty());

    let other = Store::new(Memory::new());
    put(
        other.backend(),
        key("item", "old"),
        b"old",
        typed_state::Expiry::Never,
    )
    .await;
    let before = dump(other.backend()).await;
    let whole = shelf.objects.lock().unwrap().clone();
    let mut flips = 0;
    for (name, (bytes, _)) in &whole {
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.to_vec();
            damaged[bit / 8] ^= 1 << (bit % 8);
            shelf.replace(name, damaged.into());
            let found = checkpoints.verify(&id).await.unwrap_err();
            assert_eq!(found.kind(), ErrorKind::Corrupt, "bit {bit} of {name}");
            let hash = name.split_once('/').unwrap().1;
            assert!(found.to_string().contains(hash), "{found} names {name}");
            let refused = checkpoints
                .restore(&other, &id)
                .replace()
                .await
                .unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Corrupt);
            flips += 1;
        }
        shelf.replace(name, bytes.clone());
    }
    assert!(flips > 8_000);
    assert_same(&dump(other.backend()).await, &before);
    checkpoints.verify(&id).await.unwrap();
}

#[tokio::test]
async fn what_is_cut_off_or_gone_is_found() {
    let store = Store::new(Memory::new());
    fill(store.backend(), 4, "").await;
    let shelf = Arc::new(Shelf::default());
    let checkpoints = Checkpoints::new(Arc::clone(&shelf)).chunk_size(256);
    let id = checkpoints.create(&store).await.unwrap().id;
    let whole = shelf.objects.lock().unwrap().clone();
    for (name, (bytes, _)) in &whole {
        for len in 0..bytes.len() {
            shelf.replace(name, bytes.slice(..len));
            let found = checkpoints.verify(&id).await.unwrap_err();
            assert_eq!(found.kind(), ErrorKind::Corrupt, "{len} bytes of {name}");
        }
        shelf.objects.lock().unwrap().remove(name);
        let kind = checkpoints.verify(&id).await.unwrap_err().kind();
        let is_chunk = name.starts_with("chunks/");
        let expected = if is_chunk {
            ErrorKind::Corrupt
        } else {
            ErrorKind::InvalidInput
        };
        assert_eq!(kind, expected);
        shelf.replace(name, bytes.clone());
    }
    checkpoints.verify(&id).await.unwrap();
}

#[tokio::test]
async fn a_chunk_that_was_cut_off_is_written_again() {
    let store = Store::new(Memory::new());
    fill(store.backend(), 4, "").await;
    let shelf = Arc::new(Shelf::default());
    let checkpoints = Checkpoints::new(Arc::clone(&shelf)).chunk_size(256);
    let first = checkpoints.create(&store).await.unwrap();
    let name = shelf.names("chunks").remove(0);
    shelf.replace(&name, bytes::Bytes::from_static(b"cut"));
    assert!(checkpoints.verify(&first.id).await.is_err());
    checkpoints.create(&store).await.unwrap();
    checkpoints.verify(&first.id).await.unwrap();
}
