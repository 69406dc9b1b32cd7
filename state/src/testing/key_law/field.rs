use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::breach::{Breach, Clause};
use super::draw::{Draw, Drawn, encoded};
use crate::key::{KeyError, KeyField, KeyReader};

/// The clauses that hold for every part of a key.
pub(super) fn check<F: KeyField + Ord + Debug>(draw: &Draw<F>) -> Result<(), Breach> {
    let Draw { a, b, c, hostile } = draw;
    for (a, b) in [(a, a), (a, b), (b, a), (b, c), (a, c)] {
        order(a, b)?;
        self_delimiting(a, b)?;
    }
    for drawn in [a, b, c] {
        inverse(drawn)?;
        twin(drawn)?;
    }
    hostile.iter().try_for_each(|bytes| canonical::<F>(bytes))
}

fn order<F: KeyField + Ord + Debug>(a: &Drawn<F>, b: &Drawn<F>) -> Result<(), Breach> {
    let breach = |clause, told: String| {
        Err(Breach::new(clause, told)
            .showing("a", &a.key, &a.bytes)
            .showing("b", &b.key, &b.bytes))
    };
    let (keys, bytes) = (a.key.cmp(&b.key), a.bytes.cmp(&b.bytes));
    if keys != bytes {
        return breach(
            Clause::Order,
            format!("a is {keys:?} than b, its bytes are {bytes:?}"),
        );
    }
    if (a.key == b.key) != keys.is_eq() {
        return breach(
            Clause::Order,
            format!("a is {keys:?} than b, and `a == b` is {}", a.key == b.key),
        );
    }
    let partial = a.key.partial_cmp(&b.key);
    if partial != Some(keys) {
        return breach(
            Clause::Order,
            format!("a is {keys:?} than b, and `partial_cmp` says {partial:?}"),
        );
    }
    let twins = a.key.as_key_ref().cmp(&b.key.as_key_ref());
    if twins != keys {
        return breach(
            Clause::Twin,
            format!("a is {keys:?} than b, its twin is {twins:?}"),
        );
    }
    Ok(())
}

fn self_delimiting<F: KeyField + Ord + Debug>(a: &Drawn<F>, b: &Drawn<F>) -> Result<(), Breach> {
    if a.bytes != b.bytes && b.bytes.starts_with(&a.bytes) {
        return Err(Breach::new(
            Clause::SelfDelimiting,
            "the bytes of b begin with those of a",
        )
        .showing("a", &a.key, &a.bytes)
        .showing("b", &b.key, &b.bytes));
    }
    let followed = [&a.bytes[..], &b.bytes].concat();
    match read::<F>(&followed, Clause::SelfDelimiting)? {
        Ok((key, len)) if key == a.key && len == a.bytes.len() => Ok(()),
        other => Err(Breach::new(
            Clause::SelfDelimiting,
            format!("followed by the bytes of b, a decodes to {other:?}"),
        )
        .showing("a", &a.key, &a.bytes)
        .showing("b", &b.key, &b.bytes)),
    }
}

fn inverse<F: KeyField + Ord + Debug>(a: &Drawn<F>) -> Result<(), Breach> {
    match read::<F>(&a.bytes, Clause::Inverse)? {
        Ok((key, len)) if key == a.key && len == a.bytes.len() => Ok(()),
        other => {
            let told = format!("the bytes of a decode to {other:?}");
            Err(Breach::new(Clause::Inverse, told).showing("a", &a.key, &a.bytes))
        }
    }
}

fn twin<F: KeyField + Ord + Debug>(a: &Drawn<F>) -> Result<(), Breach> {
    let back = F::from_key_ref(a.key.as_key_ref());
    let bytes = encoded::<F>(back.as_key_ref());
    if back == a.key && bytes == a.bytes {
        return Ok(());
    }
    Err(
        Breach::new(Clause::Twin, "a, borrowed and owned again, is b")
            .showing("a", &a.key, &a.bytes)
            .showing("b", &back, &bytes),
    )
}

fn canonical<F: KeyField + Ord + Debug>(hostile: &[u8]) -> Result<(), Breach> {
    if let Ok((key, len)) = read::<F>(hostile, Clause::Canonical)? {
        let bytes = encoded::<F>(key.as_key_ref());
        if hostile.get(..len) != Some(&bytes[..]) {
            let told = format!("{len} bytes of {hostile:02x?} decode to a");
            return Err(Breach::new(Clause::Canonical, told).showing("a", &key, &bytes));
        }
    }
    Ok(())
}

/// What the first bytes decode to, and how many they are.
fn read<F: KeyField>(bytes: &[u8], clause: Clause) -> Result<Result<(F, usize), KeyError>, Breach> {
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let mut reader = KeyReader::new(bytes);
        F::decode_field(&mut reader).map(|key| (key, reader.position()))
    }));
    decoded.map_err(|_| Breach::new(clause, format!("decoding {bytes:02x?} panics")))
}
