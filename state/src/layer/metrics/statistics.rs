use std::fmt;
use std::time::Duration;

use super::histogram::Durations;
use super::record::Record;
use super::slot::read;
use crate::error::ErrorKind;

/// What went through a [`Metrics`](super::Metrics), in numbers. Its `Display` is for people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Requests to the backend, whatever became of them.
    pub operations: u64,
    /// Those of which a condition did not hold.
    pub conflicts: u64,
    /// Those that were dropped before their end.
    pub cancelled: u64,
    /// Those that failed, by the kind of the error.
    pub errors: Vec<(ErrorKind, u64)>,
    /// Keys that were read and had an entry.
    pub hits: u64,
    /// Keys that were read and had none.
    pub misses: u64,
    /// Bytes of encoded values that were read.
    pub bytes_read: u64,
    /// Bytes of encoded values that were written.
    pub bytes_written: u64,
    /// Bytes that values which are large enough to be compressed would have had without it.
    pub bytes_before_compression: u64,
    /// Bytes that they had.
    pub bytes_after_compression: u64,
    /// How long requests took.
    pub latency: Latency,
    /// The same by the store's operation, in the order of their names.
    pub by_operation: Vec<OperationStatistics>,
}

/// The requests of one operation of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationStatistics {
    /// The operation, such as `get`.
    pub operation: &'static str,
    /// How many.
    pub operations: u64,
    /// How long they took.
    pub latency: Latency,
}

/// How long requests took; the percentiles are too high by a sixteenth at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Latency {
    /// Half of them took no longer.
    pub p50: Duration,
    /// Nine in ten took no longer.
    pub p90: Duration,
    /// 99 in a hundred took no longer.
    pub p99: Duration,
    /// The longest, up to 18 minutes.
    pub max: Duration,
}

impl Latency {
    fn of(durations: &Durations) -> Self {
        Self {
            p50: durations.permille(500),
            p90: durations.permille(900),
            p99: durations.permille(990),
            max: durations.longest(),
        }
    }
}

impl Statistics {
    pub(super) fn of(record: &Record) -> Self {
        let (mut all, mut conflicts, mut cancelled) = (Durations::default(), 0, 0);
        let mut by_operation = Vec::new();
        for slot in record.slots.used() {
            let durations = slot.durations.read();
            all.add(&durations);
            conflicts += read(&slot.conflicts);
            cancelled += read(&slot.cancelled);
            by_operation.push(OperationStatistics {
                operation: slot.operation,
                operations: durations.count(),
                latency: Latency::of(&durations),
            });
        }
        Self {
            operations: all.count(),
            conflicts,
            cancelled,
            errors: record.errors(),
            hits: read(&record.hits),
            misses: read(&record.misses),
            bytes_read: read(&record.bytes_read),
            bytes_written: read(&record.bytes_written),
            bytes_before_compression: read(&record.compressed.bytes_before),
            bytes_after_compression: read(&record.compressed.bytes_after),
            latency: Latency::of(&all),
            by_operation,
        }
    }

    /// Bytes with compression by bytes without, of the values that the store encoded and that are large
    /// enough to be compressed; `None` where there were none.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a ratio needs no more than 52 bits"
    )]
    pub fn compression_ratio(&self) -> Option<f64> {
        let (before, after) = (self.bytes_before_compression, self.bytes_after_compression);
        (before > 0).then(|| after as f64 / before as f64)
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operations,
            conflicts,
            cancelled,
            hits,
            misses,
            ..
        } = self;
        write!(
            f,
            "{operations} operations: {conflicts} conflicts, {cancelled} cancelled, "
        )?;
        match &self.errors[..] {
            [] => f.write_str("no errors")?,
            errors => {
                f.write_str("errors:")?;
                for (position, (kind, count)) in errors.iter().enumerate() {
                    let comma = if position == 0 { "" } else { "," };
                    write!(f, "{comma} {count} {kind}")?;
                }
            }
        }
        let (read, written) = (self.bytes_read, self.bytes_written);
        write!(
            f,
            "\n{hits} hits, {misses} misses; {read} bytes read, {written} written"
        )?;
        if let Some(ratio) = self.compression_ratio() {
            write!(f, "\ncompressed to {:.0} %", ratio * 100.0)?;
        }
        write!(f, "\n{}", self.latency)?;
        for one in &self.by_operation {
            write!(
                f,
                "\n{}: {} operations, {}",
                one.operation, one.operations, one.latency
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { p50, p90, p99, max } = self;
        write!(
            f,
            "p50 {p50:.1?}, p90 {p90:.1?}, p99 {p99:.1?}, max {max:.1?}"
        )
    }
}
