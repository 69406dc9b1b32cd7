//! The stream: departures in the order of the file, and watermarks. Its positions are the numbers of the rows.

use std::fs::File;

use anyhow::{Context as _, Result};
use flate2::read::GzDecoder;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::Deserialize;
use typed_state::Timestamp;
use typed_state::window::Batch;

use super::daily::Route;

const JANUARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/flights-2013-01.csv.gz");
/// What it is called.
pub(crate) const DEPARTURES: &str = "departures";
/// After so many rows comes a watermark,
const WATERMARK_EACH: usize = 50;
/// which is so far behind the newest time, in milliseconds.
const BEHIND: i64 = 2 * 3_600_000;

#[derive(Debug)]
pub(crate) struct Stream(Vec<Departure>);

#[derive(Debug)]
struct Departure {
    route: Route,
    scheduled: i64,
    /// Minutes; `None` where it was cancelled.
    delay: Option<i64>,
    /// What comes after it.
    watermark: Option<i64>,
}

#[derive(Deserialize)]
struct Row {
    year: i16,
    month: i8,
    day: i8,
    sched_dep_time: i16,
    dep_delay: String,
    carrier: String,
    origin: String,
}

impl Row {
    fn scheduled(&self) -> Result<i64> {
        let hour = i8::try_from(self.sched_dep_time / 100)?;
        let minute = i8::try_from(self.sched_dep_time % 100)?;
        let date = Date::new(self.year, self.month, self.day)?;
        let time = date.to_datetime(Time::new(hour, minute, 0, 0)?);
        Ok(time.to_zoned(TimeZone::UTC)?.timestamp().as_millisecond())
    }
}

impl Stream {
    /// New York's departures in January 2013.
    pub(crate) fn january() -> Result<Self> {
        let file = File::open(JANUARY).with_context(|| format!("cannot read {JANUARY}"))?;
        let mut departures = Vec::new();
        let mut newest = i64::MIN;
        for row in csv::Reader::from_reader(GzDecoder::new(file)).deserialize() {
            let row: Row = row?;
            let scheduled = row.scheduled()?;
            newest = newest.max(scheduled);
            let is_due = (departures.len() + 1).is_multiple_of(WATERMARK_EACH);
            departures.push(Departure {
                scheduled,
                delay: row.dep_delay.parse().ok(),
                watermark: is_due.then(|| newest - BEHIND),
                route: (row.origin, row.carrier),
            });
        }
        // After the last row nothing comes: all windows close.
        if let Some(last) = departures.last_mut() {
            last.watermark = Some(i64::MAX);
        }
        Ok(Self(departures))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The elements from one position on up to, and without, another.
    pub(crate) fn batch(
        &self,
        from: usize,
        to: usize,
    ) -> typed_state::Result<Batch<Route, Option<i64>>> {
        let mut batch = Batch::of(DEPARTURES);
        for (position, departure) in (0..).zip(&self.0).take(to).skip(from) {
            let time = Timestamp::from_millis(departure.scheduled);
            batch.input(position, departure.route.clone(), time, departure.delay)?;
            if let Some(watermark) = departure.watermark {
                batch.watermark(position, Timestamp::from_millis(watermark))?;
            }
        }
        Ok(batch)
    }
}
