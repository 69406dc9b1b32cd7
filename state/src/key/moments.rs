//! What the types of time share: whole units, then nanoseconds, so that a time written through one
//! library reads through another.

use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

pub(super) const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// Writes whole seconds and the nanoseconds past them.
#[inline]
pub(super) fn write_moment<S: for<'a> KeyField<Ref<'a> = S>>(
    (seconds, nanos): (S, u32),
    writer: &mut KeyWriter,
) {
    S::encode_field(seconds, writer);
    u32::encode_field(nanos, writer);
}

/// Reads whole seconds and the nanoseconds past them, and makes a `T` of them.
#[inline]
pub(super) fn read_moment<S: KeyField, T>(
    reader: &mut KeyReader<'_>,
    expected: &'static str,
    make: impl FnOnce(S, u32) -> Option<T>,
) -> Result<T, KeyError> {
    let error = reader.error(expected);
    let seconds = S::decode_field(reader)?;
    let nanos = u32::decode_field(reader)?;
    make(seconds, nanos).ok_or(error)
}

/// Nanoseconds within a second.
pub(super) fn sample_nanos(sampler: &mut Sampler<'_>) -> u32 {
    match sampler.choose(4) {
        0 => 0,
        1 => 1,
        2 => NANOS_PER_SECOND - 1,
        _ => u32::from_be_bytes(sampler.array()) % NANOS_PER_SECOND,
    }
}

#[cfg(any(feature = "chrono", feature = "jiff"))]
/// A number between `min` and `max`, near to nought, to an end, or anywhere.
pub(super) fn sample_between(sampler: &mut Sampler<'_>, min: i64, max: i64) -> i64 {
    match sampler.choose(6) {
        0 => 0,
        1 => 1,
        2 => -1,
        3 => max,
        4 => min,
        _ => i64::from_be_bytes(sampler.array()) >> sampler.choose(48),
    }
    .clamp(min, max)
}
