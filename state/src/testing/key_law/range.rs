use std::fmt::Debug;
use std::ops::{Bound, RangeBounds as _};

use super::breach::{Breach, Clause};
use super::draw::Draw;
use super::whole::whole;
use crate::backend::Key;
use crate::error::ErrorKind;
use crate::key::{Across, KeyLookup, KeyRange, KeyWriter, Reach, StateKey};

/// Ranges over whole keys, with every kind of bound.
pub(super) fn check<K: StateKey + Ord + Debug>(draw: &Draw<K>) -> Result<(), Breach> {
    let (a, b) = (&draw.a.key, &draw.b.key);
    for lower in [Bound::Included(a), Bound::Excluded(a), Bound::Unbounded] {
        for upper in [Bound::Included(b), Bound::Excluded(b), Bound::Unbounded] {
            check_bounds(draw, lower, upper)?;
        }
    }
    Ok(())
}

fn check_bounds<K: StateKey + Ord + Debug>(
    draw: &Draw<K>,
    lower: Bound<&K>,
    upper: Bound<&K>,
) -> Result<(), Breach> {
    let namespace = KeyWriter::for_namespace(K::NAMESPACE);
    let range = KeyRange::<K, Across>::between(&namespace, lower, upper, KeyLookup::encode_fields);
    let turned = !matches!(lower, Bound::Unbounded)
        && !matches!(upper, Bound::Unbounded)
        && draw.a.key > draw.b.key;
    let bounds = match range.into_bounds() {
        Ok(bounds) if !turned => bounds,
        Err(error) if turned && error.kind() == ErrorKind::InvalidInput => return Ok(()),
        other => {
            let told = format!("from a to b, turned around: {turned}; the range is {other:?}");
            return Err(Breach::new(Clause::Range, told)
                .showing("a", &draw.a.key, &draw.a.bytes)
                .showing("b", &draw.b.key, &draw.b.bytes));
        }
    };
    for c in [&draw.a, &draw.b, &draw.c] {
        let Some(key) = whole(c)? else { continue };
        let holds = bounds.holds(&key);
        if holds != (lower, upper).contains(&c.key) {
            let told = format!("a range of {lower:?} to {upper:?} holds c: {holds}");
            return Err(Breach::new(Clause::Range, told).showing("c", &c.key, &c.bytes));
        }
    }
    Ok(())
}

/// The range of a key's prefix holds the keys that agree in its fields.
pub(super) fn check_prefix<K: StateKey + Debug, R: Reach, P: PartialEq>(
    draw: &Draw<K>,
    prefix: &impl Fn(&K) -> KeyRange<K, R>,
    fields: &impl Fn(&K) -> P,
) -> Result<(), Breach> {
    let a = &draw.a;
    let breach = |told: String| Breach::new(Clause::Prefix, told).showing("a", &a.key, &a.bytes);
    let bounds = prefix(&a.key)
        .into_bounds()
        .map_err(|error| breach(format!("the prefix of a is an error: {error}")))?;
    for b in [a, &draw.b, &draw.c] {
        let Some(key) = whole(b)? else { continue };
        let (same, holds) = (fields(&a.key) == fields(&b.key), bounds.holds(&key));
        if same != holds {
            let told = format!("b's fields are a's: {same}; the range holds b: {holds}");
            return Err(breach(told).showing("b", &b.key, &b.bytes));
        }
        if let Some(end) = bounds.partition_end
            && holds
            && partition_of(bounds.start.as_slice(), K::NAMESPACE, end) != Some(key.partition())
        {
            let told = "the range names another partition than that of b".to_owned();
            return Err(breach(told).showing("b", &b.key, &b.bytes));
        }
    }
    Ok(())
}

fn partition_of<'a>(start: &'a [u8], namespace: &str, end: usize) -> Option<&'a [u8]> {
    start.get(namespace.len() + 1..end)
}

impl crate::key::Bounds {
    fn holds(&self, key: &Key) -> bool {
        (self.start.as_slice()..self.end.as_slice()).contains(&key.as_bytes())
    }
}
