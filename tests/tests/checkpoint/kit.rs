//! Stores to take checkpoints of, and what is in them.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use typed_state::backend::{
    Backend, Commit, Context, Expiry, Key, Mutation, Outcome, Scope, Ttl, Write, WriteBatch,
};
use typed_state::checkpoint::{Checkpoints, Target};
use typed_state::{Revision, Store};

/// An entry, but for its revision; equal are those whose lives differ by less than a minute.
#[derive(Clone)]
pub(crate) struct Dumped {
    pub(crate) value: Vec<u8>,
    pub(crate) partition_end: usize,
    pub(crate) indexed: bool,
    /// The milliseconds that are left.
    pub(crate) left: Option<i64>,
}

impl PartialEq for Dumped {
    fn eq(&self, other: &Self) -> bool {
        let apart = self.left.unwrap_or(0) - other.left.unwrap_or(0);
        self.left.is_some() == other.left.is_some()
            && apart.abs() < 60_000
            && (&self.value, self.partition_end, self.indexed)
                == (&other.value, other.partition_end, other.indexed)
    }
}

pub(crate) type Dump = BTreeMap<Vec<u8>, Dumped>;

/// An hour.
pub(crate) const TTL: Ttl = Ttl::from_millis(3_600_000).unwrap();

/// All entries, but for who is at work.
pub(crate) async fn dump(backend: &impl Backend) -> Dump {
    let cx = Context::new().with_lifetimes();
    let mut snapshot = backend.snapshot(&cx, None).await.unwrap();
    let mut dump = Dump::new();
    loop {
        let page = snapshot
            .next(NonZeroUsize::new(100).unwrap())
            .await
            .unwrap();
        if page.is_empty() {
            return dump;
        }
        for item in page {
            if is_of_restores(&item.key) {
                continue;
            }
            let entry = Dumped {
                value: item.entry.value.to_vec(),
                partition_end: item.key.partition_end(),
                indexed: item.key.is_indexed(),
                left: item.entry.ttl.map(Ttl::as_millis),
            };
            dump.insert(item.key.as_bytes().to_vec(), entry);
        }
    }
}

pub(crate) fn assert_same(one: &Dump, other: &Dump) {
    let differs = |(key, entry): &(&Vec<u8>, &Dumped)| other.get(*key) != Some(*entry);
    let key = one.iter().find(differs).map(|(key, _)| key);
    let key = key.or_else(|| other.keys().find(|key| !one.contains_key(*key)));
    let key = key.map(|key| String::from_utf8_lossy(key));
    assert!(key.is_none(), "{key:?} differs");
}

/// Whether an entry belongs to the lock that keeps restores apart.
fn is_of_restores(key: &Key) -> bool {
    matches!(key.namespace(), b"~lock" | b"~fence") && key.partition() == b"~restore"
}

/// A key that is a partition of its own.
pub(crate) fn key(namespace: &str, name: &str) -> Key {
    let bytes = [namespace.as_bytes(), &[0], name.as_bytes()].concat();
    Key::new(&bytes[..], bytes.len()).unwrap()
}

/// A key of an ordered namespace in a partition.
pub(crate) fn grouped(namespace: &str, partition: &str, name: &str) -> Key {
    let bytes = [
        namespace.as_bytes(),
        &[0],
        partition.as_bytes(),
        name.as_bytes(),
    ]
    .concat();
    let end = namespace.len() + 1 + partition.len();
    Key::new(&bytes[..], end).unwrap().with_index(true)
}

pub(crate) async fn put(backend: &impl Backend, key: Key, value: &[u8], expiry: Expiry) {
    let writes = vec![Write::Put {
        key,
        value: value.to_vec().into(),
        expiry,
    }];
    let revision = Revision::from_bits(writes.len() as u64 ^ 0xabcd);
    let batch = WriteBatch { revision, writes };
    backend.write(&Context::new(), batch).await.unwrap();
}

pub(crate) async fn add(backend: &impl Backend, key: Key, delta: i64) {
    let mut commit = Commit::new(Revision::from_bits(77), Scope::Partition);
    let expiry = Expiry::Never;
    commit.apply(Mutation::Add { key, delta, expiry }).unwrap();
    let outcome = backend.commit(&Context::new(), commit).await.unwrap();
    assert!(matches!(outcome, Outcome::Applied(_)));
}

/// Entries of every kind, `count` of most; those of another `salt` differ in key or value.
pub(crate) async fn fill(backend: &impl Backend, count: u64, salt: &str) {
    for number in 0..count {
        let name = format!("{number:06}");
        put(
            backend,
            key("item", &name),
            format!("value {number}{salt}").as_bytes(),
            Expiry::Never,
        )
        .await;
        put(
            backend,
            key("brief", &name),
            name.as_bytes(),
            Expiry::After(TTL),
        )
        .await;
        put(backend, grouped("group", "same", &name), &[], Expiry::Never).await;
        put(
            backend,
            key("own", &format!("{salt}{name}")),
            b"x",
            Expiry::Never,
        )
        .await;
        add(
            backend,
            key("count", &name),
            i64::try_from(number).unwrap() - 3,
        )
        .await;
    }
    // A key and a value that are long, and bytes that are no text.
    put(
        backend,
        key("long", &"k".repeat(1_900)),
        &[0xff; 5_000],
        Expiry::Never,
    )
    .await;
    add(
        backend,
        grouped("~fence", "same", "lock").with_index(false),
        7,
    )
    .await;
}

/// Restores the newest checkpoint and says what is there then.
pub(crate) async fn restored<T: Target, B: Backend>(
    checkpoints: &Checkpoints<T>,
    store: &Store<B>,
) -> Dump {
    let newest = checkpoints.list().await.unwrap().remove(0);
    checkpoints
        .restore(store, &newest.id)
        .replace()
        .await
        .unwrap();
    dump(store.backend()).await
}
