//! Stores to take checkpoints of, and what is in them.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use typed_state::backend::{
    Backend, Commit, Context, Expiry, Key, Mutation, Outcome, Scope, Ttl, Write, WriteBatch,
};
use typed_state::checkpoint::{Checkpoints, Target};
use typed_state::{Revision, Store};

/// An entry, but for its revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dumped {
    pub value: Vec<u8>,
    pub partition_end: usize,
    pub indexed: bool,
    /// The milliseconds that are left.
    pub left: Option<i64>,
}

pub type Dump = BTreeMap<Vec<u8>, Dumped>;

/// An hour.
pub const TTL: Ttl = Ttl::from_millis(3_600_000).unwrap();

/// All entries.
pub async fn dump(backend: &impl Backend) -> Dump {
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

/// The same but for how long entries have left, which must be within a minute.
pub fn assert_same(one: &Dump, other: &Dump) {
    let keys = |dump: &Dump| dump.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(one), keys(other));
    for ((key, one), other) in one.iter().zip(other.values()) {
        let key = String::from_utf8_lossy(key);
        assert_eq!(one.left.is_some(), other.left.is_some(), "{key}");
        let apart = one.left.unwrap_or(0) - other.left.unwrap_or(0);
        assert!(apart.abs() < 60_000, "{key} lives {apart} ms longer");
        let left = None;
        assert_eq!(
            Dumped {
                left,
                ..one.clone()
            },
            Dumped {
                left,
                ..other.clone()
            },
            "{key}"
        );
    }
}

/// A key that is a partition of its own.
pub fn key(namespace: &str, name: &str) -> Key {
    let bytes = [namespace.as_bytes(), &[0], name.as_bytes()].concat();
    Key::new(&bytes[..], bytes.len()).unwrap()
}

/// A key of an ordered namespace in a partition.
pub fn grouped(namespace: &str, partition: &str, name: &str) -> Key {
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

pub async fn put(backend: &impl Backend, key: Key, value: &[u8], expiry: Expiry) {
    let writes = vec![Write::Put {
        key,
        value: value.to_vec().into(),
        expiry,
    }];
    let revision = Revision::from_bits(writes.len() as u64 ^ 0xabcd);
    let batch = WriteBatch { revision, writes };
    backend.write(&Context::new(), batch).await.unwrap();
}

pub async fn add(backend: &impl Backend, key: Key, delta: i64) {
    let mut commit = Commit::new(Revision::from_bits(77), Scope::Partition);
    let expiry = Expiry::Never;
    commit.apply(Mutation::Add { key, delta, expiry }).unwrap();
    let outcome = backend.commit(&Context::new(), commit).await.unwrap();
    assert!(matches!(outcome, Outcome::Applied(_)));
}

/// Entries of every kind, `count` of most; those of another `salt` differ in key or value.
pub async fn fill(backend: &impl Backend, count: u64, salt: &str) {
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
pub async fn restored<T: Target, B: Backend>(
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
