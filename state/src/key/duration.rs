use std::fmt;
use std::time::Duration;

use super::copied::copied_ref;
use super::moments::{NANOS_PER_SECOND, read_moment, sample_nanos, write_moment};
use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

/// Seconds as a `u64`, then nanoseconds as a `u32`.
impl KeyField for Duration {
    copied_ref!();

    #[inline]
    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        write_moment((borrowed.as_secs(), borrowed.subsec_nanos()), writer);
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        read_moment(reader, "a duration", |seconds, nanos| {
            (nanos < NANOS_PER_SECOND).then(|| Self::new(seconds, nanos))
        })
    }

    fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        Self::new(u64::sample_field(sampler), sample_nanos(sampler))
    }
}
