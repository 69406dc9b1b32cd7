use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

use super::copied::copied_ref;
use super::moments::{NANOS_PER_SECOND, read_moment, sample_between, sample_nanos, write_moment};
use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

/// The day 1970-01-01 in days of the common era.
const EPOCH: i32 = 719_163;

/// Days since 1970-01-01 as an `i32`.
impl KeyField for NaiveDate {
    copied_ref!();

    #[inline]
    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        i32::encode_field(borrowed.num_days_from_ce() - EPOCH, writer);
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        let error = reader.error("a date");
        i32::decode_field(reader)?
            .checked_add(EPOCH)
            .and_then(Self::from_num_days_from_ce_opt)
            .ok_or(error)
    }

    fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        let (min, max) = (Self::MIN.num_days_from_ce(), Self::MAX.num_days_from_ce());
        let days = sample_between(sampler, (min - EPOCH).into(), (max - EPOCH).into());
        i32::try_from(days)
            .ok()
            .and_then(|days| Self::from_num_days_from_ce_opt(days + EPOCH))
            .unwrap_or_default()
    }
}

/// Seconds since midnight as a `u32`, then nanoseconds as a `u32`; they pass 999,999,999 in a leap second.
impl KeyField for NaiveTime {
    copied_ref!();

    #[inline]
    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        let parts = (borrowed.num_seconds_from_midnight(), borrowed.nanosecond());
        write_moment(parts, writer);
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        read_moment(reader, "a time of day", |seconds, nanos| {
            Self::from_num_seconds_from_midnight_opt(seconds, 0)?.with_nanosecond(nanos)
        })
    }

    fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        let seconds = u32::try_from(sample_between(sampler, 0, 86_399)).unwrap_or_default();
        Self::from_num_seconds_from_midnight_opt(seconds, 0)
            .and_then(|time| time.with_nanosecond(sample_nanos_and_leap(sampler)))
            .unwrap_or_default()
    }
}

/// The date, then the time.
impl KeyField for NaiveDateTime {
    copied_ref!();

    #[inline]
    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        NaiveDate::encode_field(borrowed.date(), writer);
        NaiveTime::encode_field(borrowed.time(), writer);
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        let date = NaiveDate::decode_field(reader)?;
        NaiveTime::decode_field(reader).map(|time| date.and_time(time))
    }

    fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        let date = NaiveDate::sample_field(sampler);
        date.and_time(NaiveTime::sample_field(sampler))
    }
}

/// Seconds since the Unix epoch as an `i64`, then nanoseconds as a `u32`; they pass 999,999,999 in a leap second.
impl KeyField for DateTime<Utc> {
    copied_ref!();

    #[inline]
    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        write_moment(
            (borrowed.timestamp(), borrowed.timestamp_subsec_nanos()),
            writer,
        );
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        read_moment(reader, "a time in UTC", |seconds, nanos| {
            let whole = DateTime::from_timestamp(seconds, 0)?;
            Some(whole.naive_utc().with_nanosecond(nanos)?.and_utc())
        })
    }

    fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        NaiveDateTime::sample_field(sampler).and_utc()
    }
}

fn sample_nanos_and_leap(sampler: &mut Sampler<'_>) -> u32 {
    let leap = sampler.choose(8) == 7;
    sample_nanos(sampler) + if leap { NANOS_PER_SECOND } else { 0 }
}
