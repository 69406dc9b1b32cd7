use std::time::Duration;

use super::number;

/// The units, the largest first, each with its milliseconds.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A whole number and its unit: `250ms`, `3s`, `5m`, `1h`.
pub(crate) fn read(text: &str) -> Option<Duration> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (count, unit) = text.split_at_checked(digits)?;
    let (_, millis) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    let count: u64 = number::read(count)?;
    count.checked_mul(millis).map(Duration::from_millis)
}

/// As [`read`] reads it, in the largest unit that is exact. What is no whole number of milliseconds is shown
/// in a form that [`read`] refuses.
pub(crate) fn show(duration: Duration) -> String {
    let millis = match u64::try_from(duration.as_millis()) {
        Ok(millis) if is_whole(duration) => millis,
        _ => return format!("{duration:?}"),
    };
    UNITS
        .into_iter()
        .find(|(_, unit)| millis != 0 && millis.is_multiple_of(*unit))
        .map_or_else(
            || format!("{millis}ms"),
            |(name, unit)| format!("{}{name}", millis / unit),
        )
}

/// Whether it is a whole number of milliseconds.
fn is_whole(duration: Duration) -> bool {
    duration.subsec_nanos().is_multiple_of(1_000_000)
}

/// Whether it is a whole number of milliseconds from `least` to `most`, as [`read`] reads them.
pub(crate) fn lies_in(duration: Duration, least: &str, most: &str) -> bool {
    is_whole(duration)
        && read(least).is_some_and(|least| least <= duration)
        && read(most).is_some_and(|most| duration <= most)
}
