//! The numbers of a backend as it tells them.

use super::compressed::Compressed;
use super::histogram::Durations;
use super::record::Record;
use super::slot::{Slot, read};
use crate::backend::{Course, Distribution, Observation, Reading};

/// The bounds that are shown, as powers of two of nanoseconds: from a microsecond to 17 seconds.
const BOUNDS: std::ops::RangeInclusive<u32> = 10..=34;

impl Record {
    /// All of them; each metric is there from the start, without a number.
    pub(super) fn told(&self) -> Vec<Observation> {
        let mut all = vec![
            operations().label("operation", "").label("outcome", ""),
            durations().label("operation", ""),
            errors().label("kind", ""),
        ];
        for slot in self.slots.used() {
            let took = slot.durations.read();
            all.extend(outcomes(slot, &took));
            all.push(duration(slot, &took));
        }
        all.extend(self.errors().into_iter().map(|(kind, count)| {
            let kind = kind.to_string().replace(' ', "_");
            errors().label("kind", kind).count(count)
        }));
        all.extend([
            bytes("read", read(&self.bytes_read)),
            bytes("written", read(&self.bytes_written)),
        ]);
        all.push(ratio(&self.compressed));
        all
    }
}

const fn operations() -> Observation {
    Observation::new(
        "state_operations_total",
        "Requests to the backend by the store's operation and their outcome.",
        Course::Counter,
    )
}

const fn durations() -> Observation {
    Observation::new(
        "state_operation_duration_seconds",
        "How long requests to the backend took, by the store's operation.",
        Course::Histogram,
    )
}

const fn errors() -> Observation {
    Observation::new(
        "state_errors_total",
        "Requests to the backend that failed, by the kind of the error.",
        Course::Counter,
    )
}

fn bytes(direction: &'static str, count: u64) -> Observation {
    Observation::counter(
        "state_bytes_total",
        "Bytes of encoded values by their direction.",
        ("direction", direction),
        count,
    )
}

fn ratio(compressed: &Compressed) -> Observation {
    let mut ratio = Observation::new(
        "state_compression_ratio",
        "Size of a value with compression by its size without, of values that are large enough to be compressed.",
        Course::Histogram,
    );
    let ratios = compressed.ratios();
    if ratios.count > 0 {
        ratio.value = Reading::Distribution(ratios);
    }
    ratio
}

fn outcomes(slot: &Slot, durations: &Durations) -> impl Iterator<Item = Observation> {
    let failed = [
        ("conflict", read(&slot.conflicts)),
        ("error", read(&slot.errors)),
        ("cancelled", read(&slot.cancelled)),
    ];
    let ok = failed.iter().fold(durations.count(), |left, (_, count)| {
        left.saturating_sub(*count)
    });
    let operation = slot.operation;
    [("ok", ok)]
        .into_iter()
        .chain(failed)
        .map(move |(outcome, count)| {
            let told = operations().label("operation", operation);
            told.label("outcome", outcome).count(count)
        })
}

fn duration(slot: &Slot, took: &Durations) -> Observation {
    let mut told = durations().label("operation", slot.operation);
    told.value = Reading::Distribution(Distribution {
        count: took.count(),
        sum: took.sum().as_secs_f64(),
        within: BOUNDS
            .map(|power| (seconds(power), took.within(power)))
            .collect(),
    });
    told
}

/// A power of two of nanoseconds.
fn seconds(power: u32) -> f64 {
    f64::from(2_u8).powf(power.into()) / 1e9
}
