//! What is not needed any more is deleted, and nothing else.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;

use proptest::prelude::*;
use typed_state::backend::{Backend as _, Context, Expiry, Write, WriteBatch};
use typed_state::backends::Memory;
use typed_state::checkpoint::{Checkpoints, Manifest};
use typed_state::{ErrorKind, Revision, Store};

use super::kit::{fill, key, put};
use super::shelf::Shelf;

fn on(shelf: &Arc<Shelf>) -> Checkpoints<Arc<Shelf>> {
    Checkpoints::new(Arc::clone(shelf)).chunk_size(512)
}

#[tokio::test]
async fn one_put_among_many_changes_one_or_two_chunks() {
    let store = Store::new(Memory::new());
    let put_all = (0..100_000).map(|number| Write::Put {
        key: key("item", &format!("{number:06}")),
        value: vec![b'x'; 100].into(),
        expiry: Expiry::Never,
    });
    let batch = WriteBatch {
        revision: Revision::from_bits(1),
        writes: put_all.collect(),
    };
    store.backend().write(&Context::new(), batch).await.unwrap();
    let checkpoints = Checkpoints::new(Arc::new(Shelf::default())).chunk_size(64 << 10);
    let mut before = checkpoints.create(&store).await.unwrap();
    assert!(before.chunks.len() > 100);
    for name in ["000000", "050000", "050000a", "099999", "099999a"] {
        put(
            store.backend(),
            key("item", name),
            b"changed",
            Expiry::Never,
        )
        .await;
        let now = checkpoints.create(&store).await.unwrap();
        let fresh = now
            .chunks
            .iter()
            .filter(|chunk| !before.chunks.contains(chunk));
        assert!((1..=2).contains(&fresh.count()), "{name}");
        before = now;
    }
    let sizes = before.chunks.iter().map(|chunk| chunk.decoded);
    let mean = sizes.sum::<u64>() / before.chunks.len() as u64;
    assert!(
        (32 << 10..128 << 10).contains(&mean),
        "{mean} bytes a chunk"
    );
}

/// Three checkpoints of a store that changes.
async fn three(shelf: &Arc<Shelf>) -> [Manifest; 3] {
    let store = Store::new(Memory::new());
    fill(store.backend(), 30, "").await;
    let first = on(shelf).create(&store).await.unwrap();
    put(
        store.backend(),
        key("item", "000007"),
        b"changed",
        Expiry::Never,
    )
    .await;
    let second = on(shelf).create(&store).await.unwrap();
    put(
        store.backend(),
        key("item", "000020"),
        b"changed",
        Expiry::Never,
    )
    .await;
    [first, second, on(shelf).create(&store).await.unwrap()]
}

fn needed(manifests: &[&Manifest]) -> Vec<String> {
    let chunks = manifests.iter().flat_map(|manifest| &manifest.chunks);
    let mut names: Vec<_> = chunks
        .map(|chunk| format!("chunks/{}", chunk.hash))
        .collect();
    names.sort();
    names.dedup();
    names
}

#[tokio::test]
async fn only_what_nobody_needs_is_deleted() {
    let shelf = Arc::new(Shelf::default());
    let [first, second, third] = three(&shelf).await;
    assert_eq!(shelf.names("chunks"), needed(&[&first, &second, &third]));
    let swept = on(&shelf).delete(&second.id).await.unwrap();
    assert_eq!(swept.checkpoints, [second.id.clone()]);
    assert!(swept.chunks > 0 && swept.bytes > 0 && !swept.postponed);
    assert_eq!(shelf.names("chunks"), needed(&[&first, &third]));
    let swept = on(&shelf).retain(1).await.unwrap();
    assert_eq!(swept.checkpoints, [first.id.clone()]);
    assert_eq!(shelf.names("chunks"), needed(&[&third]));
    on(&shelf).verify(&third.id).await.unwrap();
    assert!(shelf.names("busy").is_empty());
    on(&shelf).retain(0).await.unwrap();
    assert!(shelf.objects.lock().unwrap().is_empty());
}

#[tokio::test]
async fn where_a_manifest_is_damaged_nothing_is_deleted() {
    let shelf = Arc::new(Shelf::default());
    let [first, second, third] = three(&shelf).await;
    let name = |manifest: &Manifest| format!("manifests/{}", manifest.id);
    let damage = |manifest: &Manifest| {
        let bytes = shelf.objects.lock().unwrap()[&name(manifest)].0.clone();
        shelf.replace(&name(manifest), bytes.slice(..bytes.len() - 9));
    };
    damage(&second);
    let before = shelf.objects.lock().unwrap().clone();
    for refused in [
        on(&shelf).retain(1).await,
        on(&shelf).delete(&first.id).await,
    ] {
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Corrupt);
        assert!(
            refused.to_string().contains(second.id.as_str()),
            "{refused}"
        );
    }
    assert_eq!(*shelf.objects.lock().unwrap(), before);
    // The list has them all, and the damaged one can be deleted; two of them one after the other.
    let listed = on(&shelf).list().await.unwrap();
    assert!(listed[1].manifest.is_err() && listed.len() == 3);
    damage(&first);
    assert!(on(&shelf).delete(&second.id).await.unwrap().postponed);
    assert!(!on(&shelf).delete(&first.id).await.unwrap().postponed);
    assert_eq!(shelf.names("chunks"), needed(&[&third]));
}

#[tokio::test]
async fn a_name_that_is_none_is_no_reason_to_delete() {
    let shelf = Arc::new(Shelf::default());
    three(&shelf).await;
    shelf.replace("manifests/of-somebody", bytes::Bytes::new());
    let refused = on(&shelf).retain(1).await.unwrap_err();
    assert!(
        refused.to_string().contains("manifests/of-somebody"),
        "{refused}"
    );
    assert_eq!(shelf.names("manifests").len(), 4);
}

#[tokio::test]
async fn who_sweeps_keeps_others_from_creating_until_he_is_taken_for_dead() {
    let shelf = Arc::new(Shelf::default());
    shelf.replace(
        "busy/sweep-20261122T021530.123Z-9f3a2c1b.0",
        bytes::Bytes::new(),
    );
    let store = Store::new(Memory::new());
    let refused = on(&shelf).create(&store).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert_eq!(shelf.names("busy").len(), 1);
    shelf.now.store(15 * 60_000, Ordering::SeqCst);
    on(&shelf).create(&store).await.unwrap();
    assert!(shelf.names("busy").is_empty());
}

#[tokio::test]
async fn who_creates_keeps_chunks_from_being_deleted_until_he_is_taken_for_dead() {
    let shelf = Arc::new(Shelf::default());
    let [.., third] = three(&shelf).await;
    shelf.replace(
        "busy/create-20261122T021530.123Z-9f3a2c1b.0",
        bytes::Bytes::new(),
    );
    let before = shelf.names("chunks");
    let swept = on(&shelf).retain(1).await.unwrap();
    assert!(swept.postponed && swept.checkpoints.len() == 2);
    assert_eq!(shelf.names("chunks"), before);
    shelf.now.store(24 * 3_600_000, Ordering::SeqCst);
    assert!(!on(&shelf).retain(1).await.unwrap().postponed);
    assert_eq!(shelf.names("chunks"), needed(&[&third]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// One creates what shares chunks with what the other deletes, step by step in any order.
    #[test]
    fn creating_and_sweeping_at_the_same_time_lose_no_chunk(turns in any::<[u64; 4]>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let shelf = Arc::new(Shelf::default());
            let (one, two) = (Store::new(Memory::new()), Store::new(Memory::new()));
            fill(one.backend(), 5, "").await;
            fill(two.backend(), 5, "two").await;
            on(&shelf).create(&one).await.unwrap();
            on(&shelf).create(&two).await.unwrap();
            let (creating, sweeping) = (on(&shelf), on(&shelf));
            let mut create = pin!(creating.create(&one).into_future());
            let mut sweep = pin!(sweeping.retain(1));
            let (mut created, mut swept, mut turn) = (None, None, 0_usize);
            poll_fn(|cx| {
                for _ in 0..8 {
                    let first = turns[turn / 64 % 4] >> (turn % 64) & 1 == 0;
                    turn += 1;
                    if first && created.is_none() {
                        if let Poll::Ready(done) = create.as_mut().poll(cx) {
                            created = Some(done);
                        }
                    } else if swept.is_none() && let Poll::Ready(done) = sweep.as_mut().poll(cx) {
                        swept = Some(done);
                    }
                }
                if created.is_some() && swept.is_some() { Poll::Ready(()) } else {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
            })
            .await;
            swept.unwrap().unwrap();
            if let Err(error) = created.unwrap() {
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
            }
            let listed = on(&shelf).list().await.unwrap();
            assert!(!listed.is_empty());
            for listed in listed {
                on(&shelf).verify(&listed.id).await.unwrap();
            }
            assert!(shelf.names("busy").is_empty());
        });
    }
}
