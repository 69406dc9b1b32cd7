use std::time::Duration;

use crate::backend::Ttl;
use crate::codec::Compressor;

/// All options of a store and its layers.
#[derive(Debug, Clone)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(crate) struct Options {
    pub(super) deadline: Option<Duration>,
    pub(super) default_ttl: Option<Ttl>,
    pub(super) max_value_size: u64,
    pub(super) compression: Option<Compressor>,
    pub(super) compression_threshold: u64,
    pub(super) max_retries: u32,
    pub(super) retry_initial_delay: Duration,
    pub(super) retry_max_delay: Duration,
    pub(super) retry_jitter: f64,
    pub(super) retry_attempt_timeout: Option<Duration>,
    pub(super) retry_receipts: bool,
    pub(super) circuit_breaker: bool,
    pub(super) circuit_breaker_threshold: u32,
    pub(super) circuit_breaker_failure_rate: Option<f64>,
    pub(super) circuit_breaker_window: u32,
    pub(super) circuit_breaker_open_for: Duration,
    pub(super) circuit_breaker_probes: u32,
    pub(super) metrics: bool,
    pub(super) slow_log: bool,
    pub(super) slow_log_threshold: Duration,
    pub(super) cache: bool,
    pub(super) cache_capacity: u64,
    pub(super) cache_ttl: Duration,
    pub(super) cache_negative_ttl: Duration,
    pub(super) cache_local: bool,
    pub(super) batch: bool,
    pub(super) batch_max_operations: u32,
    pub(super) batch_max_bytes: u64,
    pub(super) batch_max_in_flight: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            deadline: Some(Duration::from_secs(10)),
            default_ttl: None,
            max_value_size: 16 << 20,
            compression: None,
            compression_threshold: 1_024,
            max_retries: 3,
            retry_initial_delay: Duration::from_millis(100),
            retry_max_delay: Duration::from_secs(5),
            retry_jitter: 1.0,
            retry_attempt_timeout: None,
            retry_receipts: true,
            circuit_breaker: true,
            circuit_breaker_threshold: 10,
            circuit_breaker_failure_rate: Some(0.5),
            circuit_breaker_window: 100,
            circuit_breaker_open_for: Duration::from_mins(1),
            circuit_breaker_probes: 3,
            metrics: cfg!(feature = "metrics"),
            slow_log: true,
            slow_log_threshold: Duration::from_millis(100),
            cache: false,
            cache_capacity: 32 << 20,
            cache_ttl: Duration::from_mins(1),
            cache_negative_ttl: Duration::from_secs(10),
            cache_local: false,
            batch: false,
            batch_max_operations: 256,
            batch_max_bytes: 1 << 20,
            batch_max_in_flight: 8,
        }
    }
}
