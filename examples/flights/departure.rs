//! A row of the input: a departure, or the reason why it is none.

use std::str::FromStr;

use anyhow::{Context as _, Result, bail, ensure};
use csv::StringRecord;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// The columns that are read, in any order and among any others.
const COLUMNS: [&str; 6] = [
    "year",
    "month",
    "day",
    "sched_dep_time",
    "dep_delay",
    "origin",
];

/// A flight that was scheduled to depart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Departure {
    /// The event time.
    pub(crate) scheduled: Timestamp,
    /// The airport's code.
    pub(crate) origin: String,
    /// How late it departed, in minutes, negative where early; `None` where it was cancelled.
    pub(crate) delay: Option<i64>,
}

/// Where the columns stand in a row.
#[derive(Debug, Clone)]
pub(crate) struct Columns([usize; COLUMNS.len()]);

impl Columns {
    /// Finds them in the first line of a file.
    pub(crate) fn find(header: &StringRecord) -> Result<Self> {
        ensure!(
            !header.is_empty(),
            "it is empty; the first line must name the columns"
        );
        let mut found = [0; COLUMNS.len()];
        let mut missing = Vec::new();
        for (place, name) in found.iter_mut().zip(COLUMNS) {
            match header.iter().position(|field| field == name) {
                Some(index) => *place = index,
                None => missing.push(name),
            }
        }
        if !missing.is_empty() {
            bail!("its first line names no column `{}`", missing.join("`, `"));
        }
        Ok(Self(found))
    }

    /// Reads a row.
    pub(crate) fn departure(&self, row: &StringRecord) -> Result<Departure> {
        let [year, month, day, time, delay, origin] =
            self.0.map(|index| row.get(index).unwrap_or_default());
        let date = Date::new(
            number("year", year)?,
            number("month", month)?,
            number("day", day)?,
        )
        .with_context(|| format!("{year}-{month}-{day} is no date"))?;
        let time = time_of_day(number("sched_dep_time", time)?)
            .with_context(|| format!("`sched_dep_time` is `{time}`, which is no time HHMM"))?;
        ensure!(
            origin.len() == 3 && origin.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "`origin` is `{origin}`, which is no airport's code of three letters"
        );
        Ok(Departure {
            scheduled: date
                .to_datetime(time)
                .to_zoned(TimeZone::UTC)
                .with_context(|| format!("{date} is out of range"))?
                .timestamp(),
            origin: origin.to_owned(),
            delay: match delay {
                "NA" => None,
                // 32 bits hold 4,000 years of minutes, and no sum of such leaves 64.
                minutes => Some(number::<i32>("dep_delay", minutes)?.into()),
            },
        })
    }
}

fn number<T: FromStr>(column: &str, text: &str) -> Result<T> {
    match text.parse() {
        Ok(number) => Ok(number),
        Err(_) => bail!("`{column}` is `{text}`, which is no number that fits"),
    }
}

/// The time that 1745 stands for: 17:45.
fn time_of_day(hhmm: u16) -> Option<Time> {
    let hour = i8::try_from(hhmm / 100).ok()?;
    let minute = i8::try_from(hhmm % 100).ok()?;
    Time::new(hour, minute, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(row: &str) -> Result<Departure> {
        let header = "origin,year,month,day,sched_dep_time,dep_delay,tailnum";
        let columns = Columns::find(&header.split(',').collect())?;
        columns.departure(&row.split(',').collect())
    }

    fn reason(row: &str) -> String {
        read(row).unwrap_err().to_string()
    }

    #[test]
    fn a_row_is_read_by_the_names_of_its_columns() {
        let departure = read("EWR,2013,1,31,5,-7,N1").unwrap();
        let expected = Departure {
            scheduled: "2013-01-31T00:05:00Z".parse().unwrap(),
            origin: "EWR".to_owned(),
            delay: Some(-7),
        };
        assert_eq!(departure, expected);
        assert_eq!(read("EWR,2013,1,31,2359,NA,N1").unwrap().delay, None);
    }

    #[test]
    fn a_time_that_no_clock_shows_is_refused() {
        for time in ["2400", "2360", "1299", "65535"] {
            let wrong = format!("`sched_dep_time` is `{time}`, which is no time HHMM");
            assert_eq!(reason(&format!("EWR,2013,1,1,{time},0,N1")), wrong);
        }
        assert!(reason("EWR,2013,1,1,NA,0,N1").contains("`sched_dep_time` is `NA`"));
        assert!(reason("EWR,2013,1,1,-5,0,N1").contains("`sched_dep_time` is `-5`"));
    }

    #[test]
    fn a_date_or_a_figure_that_is_none_is_refused() {
        assert_eq!(reason("EWR,2013,2,29,5,0,N1"), "2013-2-29 is no date");
        assert!(reason("EWR,9999,12,31,5,0,N1").contains("out of range"));
        assert!(reason("EWR,2013,1,1,5,,N1").contains("`dep_delay` is ``"));
        assert!(reason("EWR,2013,1,1,5,1.5,N1").contains("`dep_delay` is `1.5`"));
        assert!(reason(",2013,1,1,5,0,N1").contains("`origin` is ``"));
        assert!(reason("Newark,2013,1,1,5,0,N1").contains("`origin` is `Newark`"));
    }

    #[test]
    fn all_missing_columns_are_named() {
        let header = StringRecord::from(vec!["year", "month", "day", "dep_delay"]);
        assert_eq!(
            Columns::find(&header).unwrap_err().to_string(),
            "its first line names no column `sched_dep_time`, `origin`"
        );
    }
}
