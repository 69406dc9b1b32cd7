//! The table of all options.

use super::draft::Draft;
use crate::backends::options::checks::put_or_none;
use crate::backends::options::number::read_fraction;
use crate::backends::options::{
    self, Kind, duration, duration_or_none, flag, fraction, number, ttl_or_none,
};
use crate::codec::Compressor;

type Row = options::Row<Draft>;

/// All options.
pub(super) static ROWS: &[Row] = &[
    duration_or_none!(deadline, "1ms", "24h"),
    Row {
        show: |options| {
            let shown = options
                .default_ttl
                .map(|ttl| duration::show(ttl.as_duration()));
            Some(shown.unwrap_or_else(|| "none".to_owned()))
        },
        ..ttl_or_none!(default_ttl)
    },
    number!(max_value_size, 1, 1_073_741_824),
    Row {
        name: "compression",
        expects: "`none`, `lz4`, `snappy` or `zstd`",
        set: |draft, text| put_or_none(&mut draft.options.compression, text, compressor),
        show: |options| {
            let shown = options.compression.map_or("none", Compressor::name);
            Some(shown.to_owned())
        },
        ..Row::TEXT
    },
    number!(compression_threshold, 0, 1_073_741_824),
    number!(max_retries, 0, 100),
    duration!(retry_initial_delay, "0ms", "1h"),
    duration!(retry_max_delay, "0ms", "1h"),
    fraction!(retry_jitter, "0", "1"),
    duration_or_none!(retry_attempt_timeout, "1ms", "24h"),
    flag!(retry_receipts),
    flag!(circuit_breaker),
    number!(circuit_breaker_threshold, 1, 1_000_000),
    Row {
        name: "circuit_breaker_failure_rate",
        expects: "`none` or a share from 0.001 to 1, such as `0.5`",
        kind: Kind::Fraction,
        set: |draft, text| {
            let rate = &mut draft.options.circuit_breaker_failure_rate;
            put_or_none(rate, text, read_fraction)
        },
        allowed: |options| {
            let rate = options.circuit_breaker_failure_rate;
            rate.is_none_or(|rate| (0.001..=1.0).contains(&rate))
        },
        show: |options| {
            let shown = options.circuit_breaker_failure_rate;
            Some(shown.map_or_else(|| "none".to_owned(), |rate| rate.to_string()))
        },
        ..Row::TEXT
    },
    number!(circuit_breaker_window, 1, 100_000),
    duration!(circuit_breaker_open_for, "1ms", "24h"),
    number!(circuit_breaker_probes, 1, 1_000),
    flag!(metrics),
    flag!(slow_log),
    duration!(slow_log_threshold, "0ms", "24h"),
    flag!(cache),
    number!(cache_capacity, 1, 1_099_511_627_776),
    duration!(cache_ttl, "1ms", "24h"),
    duration!(cache_negative_ttl, "0ms", "24h"),
    flag!(cache_local),
    flag!(batch),
    number!(batch_max_operations, 1, 10_000),
    number!(batch_max_bytes, 1, 1_073_741_824),
    number!(batch_max_in_flight, 1, 1_000),
];

fn compressor(name: &str) -> Option<Compressor> {
    let all = [Compressor::Lz4, Compressor::Snappy, Compressor::Zstd];
    all.into_iter().find(|compressor| compressor.name() == name)
}
