//! What comes to a node late, or out of turn.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::super::Fence;
use super::super::names::Names;
use super::super::record;
use super::seat::{Bid, Seat};
use crate::backend::{Context, Key, Ttl};
use crate::backends::Memory;
use crate::store::Store;

struct Node {
    store: Store<Memory>,
    names: Arc<Names>,
    seat: Seat<Memory>,
}

impl Node {
    fn new() -> Self {
        let store = Store::new(Memory::new());
        let names = Arc::new(Names::of(Key::new(&b"job\0\x07"[..], 5).unwrap()).unwrap());
        let revision = store.new_revision();
        let seat = Seat::new(
            store.clone(),
            Arc::clone(&names),
            [revision].into(),
            revision,
        );
        Self { store, names, seat }
    }

    async fn is_taken(&self) -> bool {
        use crate::backend::Backend as _;
        let keys = [self.names.record.clone()];
        let found = self.store.backend().get(&Context::new(), &keys).await;
        found.unwrap().pop().unwrap().is_some()
    }
}

fn round(round: u64) -> Bid {
    Bid {
        holder: record::encode("me").unwrap(),
        ttl: Ttl::from_millis(60_000).unwrap(),
        round,
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

#[tokio::test]
async fn a_try_that_was_given_up_takes_nothing_later() {
    let node = Node::new();
    assert_eq!(node.seat.leave(&round(1)).await.unwrap(), None);
    assert_eq!(node.seat.take(&round(1), soon()).await.unwrap(), None);
    assert!(!node.is_taken().await);
    assert!(node.seat.take(&round(2), soon()).await.unwrap().is_some());
    assert!(node.is_taken().await);
}

#[tokio::test]
async fn giving_up_an_earlier_try_leaves_the_later_one_its_lock() {
    let node = Node::new();
    let first = node.seat.take(&round(1), soon()).await.unwrap();
    // Its own record does not stand in its way.
    let second = node.seat.take(&round(2), soon()).await.unwrap();
    assert_eq!((first, second), (Some(Fence::new(1)), Some(Fence::new(1))));
    assert_eq!(node.seat.leave(&round(1)).await.unwrap(), None);
    assert!(node.is_taken().await);
    assert_eq!(node.seat.leave(&round(2)).await.unwrap(), Some(()));
    assert!(!node.is_taken().await);
}

#[tokio::test]
async fn a_renewal_after_the_release_puts_no_record_back() {
    let node = Node::new();
    let fence = node.seat.take(&round(1), soon()).await.unwrap().unwrap();
    let renew = async || node.seat.renew(&round(1), fence, soon()).await.unwrap();
    assert_eq!(renew().await, Some(()));
    assert_eq!(node.seat.leave(&round(1)).await.unwrap(), Some(()));
    assert_eq!(renew().await, None);
    assert!(!node.is_taken().await);
}

#[tokio::test]
async fn a_node_that_forgot_has_record_and_fence_put_back() {
    let node = Node::new();
    let fence = Fence::new(7);
    let renewed = node.seat.renew(&round(1), fence, soon()).await.unwrap();
    assert_eq!(renewed, Some(()));
    assert!(node.is_taken().await);
    assert_eq!(node.seat.leave(&round(1)).await.unwrap(), Some(()));
    let next = node.seat.take(&round(2), soon()).await.unwrap();
    assert_eq!(next, Some(Fence::new(8)));
}
