//! The rows of a file, read by the plainest means.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// A row, by the names of its columns.
pub(crate) struct Row<'a>(HashMap<&'a str, &'a str>);

pub(crate) fn rows(csv: &str) -> impl Iterator<Item = Row<'_>> {
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines.map(move |line| Row(header.iter().copied().zip(line.split(',')).collect()))
}

impl<'a> Row<'a> {
    pub(crate) fn text(&self, column: &str) -> &'a str {
        self.0[column]
    }

    pub(crate) fn number(&self, column: &str) -> i64 {
        self.text(column).parse().unwrap()
    }

    /// Minutes; none where the flight was cancelled.
    pub(crate) fn delay(&self) -> Option<i64> {
        self.text("dep_delay").parse().ok()
    }

    pub(crate) fn scheduled(&self) -> DateTime<Utc> {
        self.hour() + TimeDelta::minutes(self.number("sched_dep_time") % 100)
    }

    /// The full hour before.
    pub(crate) fn hour(&self) -> DateTime<Utc> {
        let part = |column| u32::try_from(self.number(column)).unwrap();
        let year = i32::try_from(self.number("year")).unwrap();
        let date = NaiveDate::from_ymd_opt(year, part("month"), part("day")).unwrap();
        let time = date.and_hms_opt(part("sched_dep_time") / 100, 0, 0);
        time.unwrap().and_utc()
    }
}
