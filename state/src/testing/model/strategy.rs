use std::num::NonZeroUsize;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;

use super::operation::{Bounds, Expected, Operation};
use crate::backend::{
    Capabilities, Direction, Expiry, Key, KeyBytes, Mutation, Projection, Scope, Ttl, Write,
    encode_counter,
};
use crate::testing::Time;

/// The namespaces; the first begins as the second.
const NAMESPACES: [&str; 2] = [INDEXED, "a"];

/// The one whose ranges are read; those of the other are only where the backend keeps all keys in order.
const INDEXED: &str = "ab";

/// The partitions; they begin alike, and the last one's first bytes end as another one does.
const PARTITIONS: [&[u8]; 3] = [b"p\0\x01", b"pp\0\x01", b"p\0\xFF\0\x01"];

/// The fields after the partition.
const FIELDS: [&[u8]; 6] = [b"", b"\x00", b"a", b"a\0", b"a\xFF", b"\xFF\xFF"];

/// The time to live that ends within a history, where time runs by itself.
pub(super) const SHORT: u64 = 20;

/// A time to live that does not end within a history.
pub(super) const LONG: i64 = 3_600_000;

/// All keys of the histories.
pub(super) fn all_keys() -> Vec<Key> {
    let mut keys = Vec::new();
    for namespace in NAMESPACES {
        for partition in PARTITIONS {
            keys.extend(
                FIELDS
                    .iter()
                    .filter_map(|field| key_of(namespace, partition, field)),
            );
        }
    }
    keys
}

fn key_of(namespace: &str, partition: &[u8], field: &[u8]) -> Option<Key> {
    let bytes = bytes_of(namespace, partition, field);
    let key = Key::new(bytes.as_slice(), namespace.len() + 1 + partition.len()).ok()?;
    Some(key.with_index(namespace == INDEXED))
}

fn bytes_of(namespace: &str, partition: &[u8], field: &[u8]) -> Vec<u8> {
    [namespace.as_bytes(), &[0], partition, field].concat()
}

/// Histories that a backend of these capabilities must agree on.
pub(super) fn histories(
    capabilities: &Capabilities,
    time: Time,
) -> impl Strategy<Value = Vec<Operation>> + use<> {
    vec(operation(capabilities, time), 1..50)
}

fn operation(capabilities: &Capabilities, time: Time) -> impl Strategy<Value = Operation> + use<> {
    prop_oneof![
        3 => vec(key(), 0..6).prop_map(Operation::Get),
        8 => commit(capabilities.transactional, time),
        3 => writes(expiry(time)).prop_map(Operation::Write),
        4 => range(capabilities.total_order),
        1 => scan(),
        1 => any_namespace().prop_map(Operation::OpenSnapshot),
        1 => limit().prop_map(Operation::ReadSnapshot),
        1 => Just(Operation::DropSnapshot),
        2 => (0..20_u64).prop_map(Operation::Elapse),
        1 => Just(Operation::Sweep),
        1 => Just(Operation::Restart),
    ]
}

fn one_of<T: Copy + Send + Sync + std::fmt::Debug + 'static>(
    choices: &'static [T],
) -> impl Strategy<Value = T> + use<T> {
    proptest::sample::select(choices)
}

fn namespace() -> impl Strategy<Value = &'static str> {
    one_of(&NAMESPACES)
}

fn any_namespace() -> impl Strategy<Value = Option<&'static str>> {
    proptest::option::of(namespace())
}

fn key() -> impl Strategy<Value = Key> {
    key_in(one_of(&PARTITIONS))
}

fn key_in(partition: impl Strategy<Value = &'static [u8]>) -> impl Strategy<Value = Key> {
    (namespace(), partition, one_of(&FIELDS))
        .prop_filter_map("keys are well-formed", |(namespace, partition, field)| {
            key_of(namespace, partition, field)
        })
}

fn limit() -> impl Strategy<Value = NonZeroUsize> {
    (1..8_usize).prop_map(|limit| NonZeroUsize::new(limit).unwrap_or(NonZeroUsize::MIN))
}

fn value() -> impl Strategy<Value = Bytes> {
    let number = prop_oneof![-2..3_i64, Just(i64::MAX), Just(i64::MIN)];
    prop_oneof![
        Just(Bytes::new()),
        (0..4_u8).prop_map(|letter| Bytes::from(vec![b'a' + letter])),
        number.prop_map(|number| Bytes::copy_from_slice(&encode_counter(number))),
    ]
}

/// An expiry. Where time runs by itself it ends for certain before the next step, or for certain not.
fn expiry(time: Time) -> impl Strategy<Value = Expiry> {
    let after = |millis| Ttl::from_millis(millis).map_or(Expiry::Never, Expiry::After);
    let short = match time {
        Time::Manual => 1..30,
        Time::Running => SHORT.cast_signed()..SHORT.cast_signed() + 1,
    };
    prop_oneof![
        2 => Just(Expiry::Never),
        1 => Just(Expiry::Keep),
        2 => short.prop_map(after),
        1 => Just(after(LONG)),
        1 => Just(Expiry::After(Ttl::MAX)),
    ]
}

fn commit(transactional: bool, time: Time) -> impl Strategy<Value = Operation> {
    let within = one_of(&PARTITIONS).prop_flat_map(move |partition| {
        let key = move || key_in(Just(partition));
        commit_of(Scope::Partition, key, time)
    });
    let across = commit_of(Scope::Store, key, time);
    (within, across, any::<bool>()).prop_map(move |(within, across, reaches_across)| {
        if transactional && reaches_across {
            across
        } else {
            within
        }
    })
}

fn commit_of<K: Strategy<Value = Key>>(
    scope: Scope,
    key: impl Fn() -> K,
    time: Time,
) -> impl Strategy<Value = Operation> {
    let expected = prop_oneof![
        2 => Just(Expected::Absent),
        2 => Just(Expected::Present),
        3 => Just(Expected::CurrentRevision),
        1 => Just(Expected::EarlierRevision),
    ];
    let delta = prop_oneof![4 => -3..4_i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN)];
    let mutation = prop_oneof![
        4 => (key(), value(), expiry(time))
            .prop_map(|(key, value, expiry)| Mutation::Put { key, value, expiry }),
        2 => key().prop_map(|key| Mutation::Delete { key }),
        2 => (key(), expiry(time)).prop_map(|(key, expiry)| Mutation::Touch { key, expiry }),
        3 => (key(), delta, expiry(time))
            .prop_map(|(key, delta, expiry)| Mutation::Add { key, delta, expiry }),
    ];
    (vec((key(), expected), 0..3), vec(mutation, 0..4)).prop_map(move |(conditions, mutations)| {
        Operation::Commit {
            scope,
            conditions,
            mutations,
        }
    })
}

fn writes(expiry: impl Strategy<Value = Expiry>) -> impl Strategy<Value = Vec<Write>> {
    let put =
        (key(), value(), expiry).prop_map(|(key, value, expiry)| Write::Put { key, value, expiry });
    let write = prop_oneof![
        2 => put,
        1 => key().prop_map(|key| Write::Delete { key }),
    ];
    vec(write, 0..6).prop_map(keep_only_where_it_says_something)
}

/// Of several writes of one key the last wins, and what `Keep` means after the others is nobody's promise.
fn keep_only_where_it_says_something(mut writes: Vec<Write>) -> Vec<Write> {
    let keys: Vec<Key> = writes.iter().map(|write| write.key().clone()).collect();
    for write in &mut writes {
        if let Write::Put { key, expiry, .. } = write
            && keys.iter().filter(|other| *other == key).count() > 1
            && *expiry == Expiry::Keep
        {
            *expiry = Expiry::Never;
        }
    }
    writes
}

/// Writes between two pages; nothing that they write ends meanwhile.
fn between() -> impl Strategy<Value = Vec<Write>> {
    let lasting = prop_oneof![Just(Expiry::Never), Just(Expiry::After(Ttl::MAX)),];
    prop_oneof![2 => Just(Vec::new()), 1 => writes(lasting)]
}

fn projection() -> impl Strategy<Value = Projection> {
    one_of(&[Projection::Entries, Projection::Keys])
}

fn range(total_order: bool) -> impl Strategy<Value = Operation> {
    let within =
        (namespace(), one_of(&PARTITIONS), ends()).prop_map(move |(namespace, partition, ends)| {
            let namespace = if total_order { namespace } else { INDEXED };
            within_partition(namespace, partition, ends)
        });
    let across =
        (namespace(), key(), key()).prop_map(|(namespace, a, b)| across(namespace, &a, &b));
    let bounds = (within, across, any::<bool>()).prop_map(move |(within, across, spans)| {
        if total_order && spans { across } else { within }
    });
    let direction = one_of(&[Direction::Forward, Direction::Reverse]);
    (bounds, direction, projection(), limit(), between()).prop_map(
        |(bounds, direction, projection, limit, between)| Operation::Range {
            bounds,
            direction,
            projection,
            limit,
            between,
        },
    )
}

/// Both ends of a range within a partition; `None` is the partition's own.
fn ends() -> impl Strategy<Value = [Option<&'static [u8]>; 2]> {
    let end = || proptest::option::of(one_of(&FIELDS));
    [end(), end()]
}

fn within_partition(
    namespace: &str,
    partition: &[u8],
    [first, last]: [Option<&'static [u8]>; 2],
) -> Bounds {
    let start = bytes_of(namespace, partition, first.unwrap_or_default());
    let end = last.map_or_else(
        || {
            // The partition's bytes end in 01, so this is what follows all that begin so.
            let mut end = bytes_of(namespace, partition, b"");
            end.pop();
            end.push(2);
            end
        },
        |last| bytes_of(namespace, partition, last),
    );
    Bounds {
        partition_end: Some(namespace.len() + 1 + partition.len()),
        ..in_order(start, end)
    }
}

/// From one key to another of the same namespace, else the whole namespace.
fn across(namespace: &str, a: &Key, b: &Key) -> Bounds {
    if a.namespace() == b.namespace() {
        in_order(a.as_bytes().to_vec(), b.as_bytes().to_vec())
    } else {
        let [start, end] = [0, 1].map(|byte| [namespace.as_bytes(), &[byte]].concat());
        in_order(start, end)
    }
}

fn in_order(a: Vec<u8>, b: Vec<u8>) -> Bounds {
    let (start, end) = if a <= b { (a, b) } else { (b, a) };
    Bounds {
        start: KeyBytes::from(start.as_slice()),
        end: KeyBytes::from(end.as_slice()),
        partition_end: None,
    }
}

fn scan() -> impl Strategy<Value = Operation> {
    (namespace(), projection(), limit(), between()).prop_map(
        |(namespace, projection, limit, between)| Operation::Scan {
            namespace,
            projection,
            limit,
            between,
        },
    )
}
