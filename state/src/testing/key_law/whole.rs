use std::fmt::Debug;

use super::breach::{Breach, Clause};
use super::draw::{Draw, Drawn};
use crate::backend::Key;
use crate::error::ErrorKind;
use crate::key::{StateKey, decode_key, encode_key};

/// The clauses over a namespace and all fields.
pub(super) fn check<K: StateKey + Ord + Debug>(draw: &Draw<K>) -> Result<(), Breach> {
    for drawn in [&draw.a, &draw.b] {
        let Some(whole) = whole(drawn)? else { continue };
        if whole.namespace() != K::NAMESPACE.as_bytes() || whole.fields() != drawn.bytes {
            let told = format!("looking up a encodes it as {whole}");
            return Err(Breach::new(Clause::Twin, told).showing("a", &drawn.key, &drawn.bytes));
        }
        match decode_key::<K>(&whole) {
            Ok(key) if key == drawn.key => {}
            other => {
                let told = format!("a decodes to {other:?}");
                let breach = Breach::new(Clause::Inverse, told);
                return Err(breach.showing("a", &drawn.key, &drawn.bytes));
            }
        }
    }
    Ok(())
}

/// The key that a lookup makes; `None` where it would be too long.
pub(super) fn whole<K: StateKey + Debug>(drawn: &Drawn<K>) -> Result<Option<Key>, Breach> {
    match encode_key(&drawn.key) {
        Ok(key) => Ok(Some(key)),
        Err(error) if error.kind() == ErrorKind::TooLarge => Ok(None),
        Err(error) => {
            let told = format!("a is no key: {error}");
            Err(Breach::new(Clause::Partition, told).showing("a", &drawn.key, &drawn.bytes))
        }
    }
}
