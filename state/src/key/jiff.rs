use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};

use super::copied::copied_ref;
use super::moments::{NANOS_PER_SECOND, read_moment, sample_between, sample_nanos, write_moment};
use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Days since 1970-01-01.
fn days_of(date: Date) -> i32 {
    // Years have five digits at the most, so the days fit.
    i32::try_from(date.duration_since(EPOCH).as_hours() / 24).unwrap_or_default()
}

fn date_of(days: i32) -> Option<Date> {
    EPOCH
        .checked_add(SignedDuration::from_hours(i64::from(days) * 24))
        .ok()
}

/// Days since 1970-01-01 as an `i32`.
impl KeyField for Date {
    copied_ref!();

    #[inline]
    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        i32::encode_field(days_of(borrowed), writer);
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        let error = reader.error("a date");
        date_of(i32::decode_field(reader)?).ok_or(error)
    }

    fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        let (min, max) = (days_of(Self::MIN), days_of(Self::MAX));
        i32::try_from(sample_between(sampler, min.into(), max.into()))
            .ok()
            .and_then(date_of)
            .unwrap_or_default()
    }
}

/// Seconds since midnight as a `u32`, then nanoseconds as a `u32`.
impl KeyField for Time {
    copied_ref!();

    #[inline]
    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        let since = borrowed.duration_since(Self::midnight());
        let seconds = u32::try_from(since.as_secs()).unwrap_or_default();
        write_moment((seconds, since.subsec_nanos().unsigned_abs()), writer);
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        read_moment(reader, "a time of day", |seconds, nanos| {
            time_of(seconds, nanos)
        })
    }

    fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        let seconds = u32::try_from(sample_between(sampler, 0, 86_399)).unwrap_or_default();
        time_of(seconds, sample_nanos(sampler)).unwrap_or_default()
    }
}

fn time_of(seconds: u32, nanos: u32) -> Option<Time> {
    if nanos >= NANOS_PER_SECOND {
        return None;
    }
    let nanos = i32::try_from(nanos).ok()?;
    Time::midnight()
        .checked_add(SignedDuration::new(seconds.into(), nanos))
        .ok()
}

/// The date, then the time.
impl KeyField for DateTime {
    copied_ref!();

    #[inline]
    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        Date::encode_field(borrowed.date(), writer);
        Time::encode_field(borrowed.time(), writer);
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        let date = Date::decode_field(reader)?;
        Time::decode_field(reader).map(|time| Self::from_parts(date, time))
    }

    fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        let date = Date::sample_field(sampler);
        Self::from_parts(date, Time::sample_field(sampler))
    }
}

/// Seconds since the Unix epoch as an `i64`, rounded down, then nanoseconds as a `u32`.
impl KeyField for Timestamp {
    copied_ref!();

    #[inline]
    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        // jiff's fraction has the sign of the whole; in bytes it counts upwards from the second below.
        let (second, nanos) = (borrowed.as_second(), borrowed.subsec_nanosecond());
        let parts = if nanos < 0 {
            (second - 1, NANOS_PER_SECOND - nanos.unsigned_abs())
        } else {
            (second, nanos.unsigned_abs())
        };
        write_moment(parts, writer);
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        read_moment(reader, "a timestamp", timestamp_of)
    }

    fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        let (min, max) = (Self::MIN.as_second(), Self::MAX.as_second());
        let second = sample_between(sampler, min, max);
        timestamp_of(second, sample_nanos(sampler)).unwrap_or_default()
    }
}

fn timestamp_of(second: i64, nanos: u32) -> Option<Timestamp> {
    if nanos >= NANOS_PER_SECOND {
        return None;
    }
    Timestamp::new(second, i32::try_from(nanos).ok()?).ok()
}
