//! A row of the input: a departure, or the reason why it is none.

use std::str::FromStr;

use anyhow::{Context as _, Result, bail, ensure};
use csv::StringRecord;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::kind::Kind;

/// The columns that all jobs read, in any order and among any others.
const COLUMNS: [&str; 5] = ["year", "month", "day", "sched_dep_time", "dep_delay"];

/// What stands where nothing is known.
const UNKNOWN: &str = "NA";

/// Bytes: far more than any aircraft's, and few enough for a key.
const LONGEST_TAILNUM: usize = 100;

/// A flight that was scheduled to depart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Departure {
    /// The event time.
    pub(crate) scheduled: Timestamp,
    /// What the job counts by: the airport's code, the aircraft, where that is known, or the airline's code.
    pub(crate) key: Option<String>,
    /// How late it departed, in minutes, negative where early; `None` where it was cancelled.
    pub(crate) delay: Option<i64>,
    /// Miles; 0 where the job does not ask for them.
    pub(crate) distance: u64,
}

/// Where the columns of a job stand in a row.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    kind: Kind,
    common: [usize; COLUMNS.len()],
    key: usize,
    distance: Option<usize>,
}

impl Columns {
    /// Finds them in the first line of a file.
    pub(crate) fn find(header: &StringRecord, kind: Kind) -> Result<Self> {
        ensure!(
            !header.is_empty(),
            "it is empty; the first line must name the columns"
        );
        let mut missing = Vec::new();
        let mut find = |name| {
            let found = header.iter().position(|field| field == name);
            found.unwrap_or_else(|| {
                missing.push(name);
                0
            })
        };
        let columns = Self {
            kind,
            common: COLUMNS.map(&mut find),
            key: find(kind.key_column()),
            distance: kind.has_distance().then(|| find("distance")),
        };
        if !missing.is_empty() {
            bail!("its first line names no column `{}`", missing.join("`, `"));
        }
        Ok(columns)
    }

    /// Reads a row.
    pub(crate) fn departure(&self, row: &StringRecord) -> Result<Departure> {
        let field = |index| row.get(index).unwrap_or_default();
        let [year, month, day, time, delay] = self.common.map(field);
        let date = Date::new(
            number("year", year)?,
            number("month", month)?,
            number("day", day)?,
        )
        .with_context(|| format!("{year}-{month}-{day} is no date"))?;
        let time = time_of_day(number("sched_dep_time", time)?)
            .with_context(|| format!("`sched_dep_time` is `{time}`, which is no time HHMM"))?;
        let distance = self.distance.map(field);
        Ok(Departure {
            scheduled: date
                .to_datetime(time)
                .to_zoned(TimeZone::UTC)
                .with_context(|| format!("{date} is out of range"))?
                .timestamp(),
            key: key(self.kind, field(self.key))?,
            delay: match delay {
                UNKNOWN => None,
                // 32 bits hold 4,000 years of minutes, and no sum of such leaves 64.
                minutes => Some(number::<i32>("dep_delay", minutes)?.into()),
            },
            distance: distance
                .map_or(Ok(0), |miles| number::<u32>("distance", miles))?
                .into(),
        })
    }
}

/// What the job counts by, as it stands in its column.
fn key(kind: Kind, text: &str) -> Result<Option<String>> {
    let is_code =
        |letters| text.len() == letters && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match kind {
        Kind::Delays => ensure!(
            is_code(3),
            "`origin` is `{text}`, which is no airport's code of three letters"
        ),
        Kind::Carriers => ensure!(
            is_code(2),
            "`carrier` is `{text}`, which is no airline's code of two letters"
        ),
        Kind::Aircraft if text.is_empty() || text == UNKNOWN => return Ok(None),
        Kind::Aircraft => ensure!(
            text.len() <= LONGEST_TAILNUM,
            "`tailnum` has {} bytes, and no aircraft has more than {LONGEST_TAILNUM}",
            text.len()
        ),
    }
    Ok(Some(text.to_owned()))
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
        read_as(Kind::Delays, "origin", row)
    }

    /// A row whose first column has a name.
    fn read_as(kind: Kind, first: &str, row: &str) -> Result<Departure> {
        let header = format!("{first},year,month,day,sched_dep_time,dep_delay,distance");
        let columns = Columns::find(&header.split(',').collect(), kind)?;
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
            key: Some("EWR".to_owned()),
            delay: Some(-7),
            distance: 0,
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
    fn an_aircraft_that_is_not_known_is_none() {
        let aircraft = |row| read_as(Kind::Aircraft, "tailnum", row);
        let known = aircraft("N14228,2013,1,1,515,2,1400").unwrap();
        assert_eq!(
            (known.key.as_deref(), known.distance),
            (Some("N14228"), 1400)
        );
        for unknown in ["NA,2013,1,1,515,2,1400", ",2013,1,1,515,2,1400"] {
            assert_eq!(aircraft(unknown).unwrap().key, None);
        }
        let reason = aircraft("N14228,2013,1,1,515,2,far")
            .unwrap_err()
            .to_string();
        assert!(reason.contains("`distance` is `far`"), "{reason}");
    }

    #[test]
    fn an_airline_has_two_letters() {
        let carrier = |row| read_as(Kind::Carriers, "carrier", row);
        assert_eq!(
            carrier("9E,2013,1,1,515,2,1").unwrap().key.as_deref(),
            Some("9E")
        );
        let reason = carrier("UAL,2013,1,1,515,2,1").unwrap_err().to_string();
        assert!(reason.contains("`carrier` is `UAL`"), "{reason}");
    }

    #[test]
    fn all_missing_columns_are_named() {
        let header = StringRecord::from(vec!["year", "month", "day", "dep_delay"]);
        assert_eq!(
            Columns::find(&header, Kind::Delays)
                .unwrap_err()
                .to_string(),
            "its first line names no column `sched_dep_time`, `origin`"
        );
        assert_eq!(
            Columns::find(&header, Kind::Aircraft)
                .unwrap_err()
                .to_string(),
            "its first line names no column `sched_dep_time`, `tailnum`, `distance`"
        );
    }
}
