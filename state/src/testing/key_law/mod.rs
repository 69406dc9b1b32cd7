//! The law of keys, as one line in a test: keys are drawn, and what breaks the law is shrunk and shown.

mod breach;
mod draw;
mod field;
mod partition;
mod range;
mod whole;

use std::fmt::Debug;

use self::draw::for_all;
use crate::key::{KeyField, KeyRange, Reach, StateKey};

/// Checks the law of keys for `K`: one line in a `#[test]`.
///
/// ```
/// # use typed_state::StateKey;
/// #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// #[state(namespace = "orders", value = u64, ordered)]
/// struct OrderKey {
///     #[state(partition)]
///     tenant: String,
///     id: u64,
/// }
///
/// typed_state::testing::key_law::<OrderKey>();
/// ```
///
/// - **Order**: for all keys, `a.cmp(&b) == bytes(a).cmp(&bytes(b))`.
/// - **Inverse**: decoding the bytes of a key gives that key.
/// - **Twin**: the borrowed form gives the same bytes, the same order, and the key back.
/// - **Self-delimiting**: no encoding is a proper prefix of another; what follows does not matter.
/// - **Canonical**: decoding any bytes gives an error, or a key with just these bytes; never a panic.
/// - **Partition**: it ends where [`PARTITION_FIELDS`](StateKey::PARTITION_FIELDS) says, as far as bytes can show
///   it; [`partition_law`] checks it against the fields themselves.
/// - **Range**: a range of keys holds exactly those that lie between its bounds.
///
/// [`KeyField::sample_field`] draws the keys, 1,000 times unless `PROPTEST_CASES` says otherwise.
///
/// # Panics
/// Where the law does not hold: with the simplest keys that break it, their bytes, and the clause.
#[track_caller]
pub fn key_law<K: StateKey + Ord + Debug>() {
    for_all::<K>(|draw| {
        field::check(draw)?;
        whole::check(draw)?;
        partition::check(draw)?;
        range::check(draw)
    });
}

/// Checks what the law of keys asks of a part of keys: all that [`key_law`] checks but partitions and ranges.
///
/// # Panics
/// Where the law does not hold.
#[track_caller]
pub fn field_law<F: KeyField + Ord + Debug>() {
    for_all::<F>(field::check);
}

/// Checks that keys share a partition exactly if the fields that `fields` gives are equal.
///
/// ```
/// # use typed_state::StateKey;
/// # #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// # #[state(namespace = "orders", value = u64, ordered)]
/// # struct OrderKey { #[state(partition)] tenant: String, id: u64 }
/// typed_state::testing::partition_law::<OrderKey, _>(|key| key.tenant.clone());
/// ```
///
/// # Panics
/// Where they do not.
#[track_caller]
pub fn partition_law<K: StateKey + Debug, P: PartialEq>(fields: impl Fn(&K) -> P) {
    for_all::<K>(|draw| partition::check_fields(draw, &fields));
}

/// Checks that the range that `prefix` makes for a key holds exactly the keys in which the fields that
/// `fields` gives are the same, and names their partition if it is one of one partition.
///
/// ```
/// # use typed_state::StateKey;
/// # #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// # #[state(namespace = "orders", value = u64, ordered)]
/// # struct OrderKey { #[state(partition)] tenant: String, id: u64 }
/// typed_state::testing::prefix_law(
///     |key: &OrderKey| OrderKey::prefix().tenant(&key.tenant).into(),
///     |key| key.tenant.clone(),
/// );
/// ```
///
/// # Panics
/// Where it does not.
#[track_caller]
pub fn prefix_law<K: StateKey + Debug, R: Reach, P: PartialEq>(
    prefix: impl Fn(&K) -> KeyRange<K, R>,
    fields: impl Fn(&K) -> P,
) {
    for_all::<K>(|draw| range::check_prefix(draw, &prefix, &fields));
}
