//! Hearing of changes, where the backend tells of them.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join;
use tokio::time::timeout;

use super::fixtures::label;
use super::support::{Trial, key_of, put, ttl};
use crate::backend::{
    Backend, Commit, Context, Entry, Expiry, Key, Mutation, Notice, Notify, Outcome, Scope, Watch,
    Write, WriteBatch,
};
use crate::testing::Harness;
use crate::{Revision, Store};

/// Far longer than any notice takes.
const PATIENCE: Duration = Duration::from_secs(10);

fn announced() -> Context {
    Context::new().with_announcements()
}

async fn watch<B: Notify>(store: &Store<B>) -> Watch {
    store.backend().watch(&Context::new()).await.unwrap()
}

async fn commit<B: Backend>(store: &Store<B>, mutations: Vec<Mutation>) {
    let mut commit = Commit::new(Revision::from_bits(7), Scope::Partition);
    for mutation in mutations {
        commit.apply(mutation).unwrap();
    }
    let outcome = store.backend().commit(&announced(), commit).await.unwrap();
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
}

/// Waits until all of the keys were told of.
async fn hear(watch: &mut Watch, keys: &[Key]) {
    let mut awaited: BTreeSet<&[u8]> = keys.iter().map(Key::as_bytes).collect();
    while !awaited.is_empty() {
        let notice = timeout(PATIENCE, watch.next()).await;
        match notice.unwrap_or_else(|_| panic!("not told of: {awaited:?}")) {
            Some(Notice::Changed(key)) => {
                awaited.remove(key.as_slice());
            }
            // What was missed before the watch began is no matter.
            Some(Notice::Missed) => {}
            other => panic!("the watch ended: {other:?}"),
        }
    }
}

async fn read_once_told<B: Backend>(
    store: &Store<B>,
    watch: &mut Watch,
    keys: &[Key],
) -> Option<Entry> {
    hear(watch, keys).await;
    let read = store.backend().get(&Context::new(), keys).await;
    read.unwrap().swap_remove(0)
}

/// Shows that every kind of change is told of, to every watch, also one of another client.
pub async fn every_change_is_told<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let [writer, other] = trial.clients().await;
    let mut watches = [watch(&writer).await, watch(&other).await];
    let keys: Vec<Key> = (0..4)
        .map(|n| key_of(&label("acme", &format!("k{n}"))))
        .collect();
    let counter = key_of(&label("acme", "count"));
    commit(&writer, vec![put(&keys[0], b"one")]).await;
    for watch in &mut watches {
        hear(watch, &keys[..1]).await;
    }
    commit(&writer, keys.iter().map(|key| put(key, b"all")).collect()).await;
    for watch in &mut watches {
        hear(watch, &keys).await;
    }
    let expiry = Expiry::After(ttl(600_000));
    let (key, delta) = (keys[0].clone(), 5);
    commit(&writer, vec![Mutation::Touch { key, expiry }]).await;
    for watch in &mut watches {
        hear(watch, &keys[..1]).await;
    }
    let key = counter.clone();
    commit(&writer, vec![Mutation::Add { key, delta, expiry }]).await;
    for watch in &mut watches {
        hear(watch, std::slice::from_ref(&counter)).await;
    }
    let key = keys[1].clone();
    commit(&writer, vec![Mutation::Delete { key }]).await;
    for watch in &mut watches {
        hear(watch, &keys[1..2]).await;
    }
}

/// Shows that the writes of a batch are told of.
pub async fn every_write_of_a_batch_is_told<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let [writer, other] = trial.clients().await;
    let keys: Vec<Key> = (0..50)
        .map(|n| key_of(&label(&format!("tenant{n}"), "x")))
        .collect();
    let mut watch = watch(&other).await;
    let batch = |writes| WriteBatch {
        revision: Revision::from_bits(8),
        writes,
    };
    let puts = keys.iter().map(|key| Write::Put {
        key: key.clone(),
        value: b"x".as_slice().into(),
        expiry: Expiry::Never,
    });
    let cx = announced();
    let written = writer.backend().write(&cx, batch(puts.collect())).await;
    written.unwrap();
    hear(&mut watch, &keys).await;
    let deletes = keys.iter().map(|key| Write::Delete { key: key.clone() });
    let deletes = batch(deletes.collect());
    let written = writer.backend().write(&cx, deletes).await;
    assert_eq!(written.unwrap().deleted, 50);
    hear(&mut watch, &keys).await;
}

/// Shows that who is told of a change can read it.
pub async fn what_is_told_can_be_read<H>(harness: &H)
where
    H: Harness<Backend: Notify>,
{
    let trial = Trial::new(harness).await;
    let [writer, other] = trial.clients().await;
    let key = key_of(&label("acme", "round"));
    let keys = std::slice::from_ref(&key);
    let mut watch = watch(&other).await;
    for _ in 0..trial.scaled(200) {
        let put = commit(&writer, vec![put(&key, b"there")]);
        let (read, ()) = join(read_once_told(&other, &mut watch, keys), put).await;
        assert!(read.is_some(), "it was told of and cannot be read");
        let delete = commit(&writer, vec![Mutation::Delete { key: key.clone() }]);
        let (read, ()) = join(read_once_told(&other, &mut watch, keys), delete).await;
        assert_eq!(read, None, "its removal was told of and cannot be seen");
    }
}
