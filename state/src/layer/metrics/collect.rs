//! The numbers of a backend as Prometheus reads them.

use std::sync::Arc;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{Bucket, Histogram, Metric, MetricFamily, MetricType};

use super::families::Family;
use super::histogram::Durations;
use super::record::Record;
use super::slot::{Slot, read};
use crate::error::Result;

/// The bounds that are shown, as powers of two of nanoseconds: from a microsecond to 17 seconds.
const BOUNDS: std::ops::RangeInclusive<u32> = 10..=34;

/// The metrics of one [`Record`].
pub(super) struct Exported {
    record: Arc<Record>,
    operations: Family,
    durations: Family,
    errors: Family,
    bytes: Family,
}

impl Exported {
    pub(super) fn of(record: &Arc<Record>) -> Result<Self> {
        let family = |name, help, kind, labels: &[&str]| {
            Family::new((name, help, kind), labels, record.backend, &record.store)
        };
        Ok(Self {
            operations: family(
                "state_operations_total",
                "Requests to the backend by the store's operation and their outcome.",
                MetricType::COUNTER,
                &["operation", "outcome"],
            )?,
            durations: family(
                "state_operation_duration_seconds",
                "How long requests to the backend took, by the store's operation.",
                MetricType::HISTOGRAM,
                &["operation"],
            )?,
            errors: family(
                "state_errors_total",
                "Requests to the backend that failed, by the kind of the error.",
                MetricType::COUNTER,
                &["kind"],
            )?,
            bytes: family(
                "state_bytes_total",
                "Bytes of encoded values by their direction.",
                MetricType::COUNTER,
                &["direction"],
            )?,
            record: Arc::clone(record),
        })
    }

    fn outcomes(&self, slot: &Slot, durations: &Durations) -> Vec<Metric> {
        let failed = [
            ("conflict", read(&slot.conflicts)),
            ("error", read(&slot.errors)),
            ("cancelled", read(&slot.cancelled)),
        ];
        let ok = failed.iter().fold(durations.count(), |left, (_, count)| {
            left.saturating_sub(*count)
        });
        let outcomes = [("ok", ok)].into_iter().chain(failed);
        outcomes
            .map(|(outcome, count)| {
                let labels = [("operation", slot.operation), ("outcome", outcome)];
                self.operations.number(&labels, float(count))
            })
            .collect()
    }

    fn duration(&self, slot: &Slot, durations: &Durations) -> Metric {
        let buckets = BOUNDS.map(|power| {
            let mut bucket = Bucket::default();
            bucket.set_cumulative_count(durations.within(power));
            bucket.set_upper_bound(float(1 << power) / 1e9);
            bucket
        });
        let mut histogram = Histogram::default();
        histogram.set_bucket(buckets.collect());
        histogram.set_sample_count(durations.count());
        histogram.set_sample_sum(durations.sum().as_secs_f64());
        let mut metric = self.durations.metric(&[("operation", slot.operation)]);
        metric.set_histogram(histogram);
        metric
    }
}

impl Collector for Exported {
    fn desc(&self) -> Vec<&Desc> {
        [&self.operations, &self.durations, &self.errors, &self.bytes]
            .map(Family::desc)
            .to_vec()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let record = &self.record;
        let mut operations = Vec::new();
        let mut durations = Vec::new();
        for slot in record.slots.used() {
            let took = slot.durations.read();
            operations.extend(self.outcomes(slot, &took));
            durations.push(self.duration(slot, &took));
        }
        let errors = record.errors().into_iter().map(|(kind, count)| {
            let kind = kind.to_string().replace(' ', "_");
            self.errors.number(&[("kind", &kind)], float(count))
        });
        let bytes = [
            ("read", &record.bytes_read),
            ("written", &record.bytes_written),
        ];
        let bytes = bytes.map(|(direction, count)| {
            self.bytes
                .number(&[("direction", direction)], float(read(count)))
        });
        let families = [
            self.operations.with(operations),
            self.durations.with(durations),
            self.errors.with(errors.collect()),
            self.bytes.with(bytes.to_vec()),
        ];
        // A registry takes a family without numbers for a fault.
        let full = families
            .into_iter()
            .filter(|family| !family.get_metric().is_empty());
        full.collect()
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "Prometheus counts in floating point"
)]
const fn float(count: u64) -> f64 {
    count as f64
}
