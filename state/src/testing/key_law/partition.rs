use std::fmt::Debug;

use super::breach::{Breach, Clause};
use super::draw::{Draw, Drawn};
use super::whole::whole;
use crate::backend::Key;
use crate::key::{KeyReader, StateKey, encode_key};

/// What bytes can show of a partition.
pub(super) fn check<K: StateKey + Debug>(draw: &Draw<K>) -> Result<(), Breach> {
    for (a, b) in [(&draw.a, &draw.b), (&draw.b, &draw.c)] {
        if let (Some(in_a), Some(in_b)) = (whole(a)?, whole(b)?) {
            check_pair::<K>(&in_a, &in_b).map_err(|told| shown(told, [a, b]))?;
        }
    }
    Ok(())
}

fn check_pair<K: StateKey>(a: &Key, b: &Key) -> Result<(), String> {
    let (partition, fields) = (a.partition(), a.fields());
    match K::PARTITION_FIELDS {
        None if partition != fields => {
            return Err("every key is a partition, and a's does not end with a".into());
        }
        Some(0) if !partition.is_empty() => {
            return Err("no field makes the partition, and a's is not empty".into());
        }
        Some(1..) if partition.is_empty() && !fields.is_empty() => {
            return Err("fields make the partition, and a's is empty: was its end marked?".into());
        }
        _ => {}
    }
    if b.partition() != partition && b.partition().starts_with(partition) {
        return Err("the partition of b begins with that of a".into());
    }
    // The partition of one with the rest of the other is a key too, and in the one's partition.
    let rest = b.fields().get(b.partition().len()..).unwrap_or_default();
    let mixed = [partition, rest].concat();
    let mut reader = KeyReader::new(&mixed);
    let Ok(key) = K::decode_field(&mut reader) else {
        return Err("a's partition with the rest of b is no key".into());
    };
    match encode_key(&key) {
        Ok(key) if key.partition() != partition => {
            Err("a's partition with the rest of b is in another partition".into())
        }
        _ => Ok(()),
    }
}

/// Equal fields, equal partitions.
pub(super) fn check_fields<K: StateKey + Debug, P: PartialEq>(
    draw: &Draw<K>,
    fields: &impl Fn(&K) -> P,
) -> Result<(), Breach> {
    for (a, b) in [(&draw.a, &draw.b), (&draw.b, &draw.c)] {
        if let (Some(in_a), Some(in_b)) = (whole(a)?, whole(b)?) {
            let same = fields(&a.key) == fields(&b.key);
            if same != (in_a.partition() == in_b.partition()) {
                let told = if same {
                    "the fields are equal, the partitions are not"
                } else {
                    "the partitions are equal, the fields are not"
                };
                return Err(shown(told.into(), [a, b]));
            }
        }
    }
    Ok(())
}

fn shown<K: StateKey + Debug>(told: String, [a, b]: [&Drawn<K>; 2]) -> Breach {
    let partition = |drawn: &Drawn<K>| {
        encode_key(&drawn.key).map_or_else(|_| Vec::new(), |key| key.partition().to_vec())
    };
    Breach::new(Clause::Partition, told)
        .showing("a", &a.key, &a.bytes)
        .showing("its partition, from", &K::LAYOUT, &partition(a))
        .showing("b", &b.key, &b.bytes)
        .showing("its partition, from", &K::LAYOUT, &partition(b))
}
