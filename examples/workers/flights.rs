//! The work: the flights of each airline, day by day.

use std::collections::BTreeMap;
use std::fs::File;

use anyhow::{Context as _, Result};
use flate2::read::GzDecoder;
use serde::Deserialize;

const JANUARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/flights-2013-01.csv.gz");

/// Each airline's days, by its code.
#[derive(Debug)]
pub(crate) struct Flights(pub(crate) BTreeMap<String, Vec<Day>>);

/// A day of an airline.
#[derive(Debug, Clone, Default)]
pub(crate) struct Day {
    pub(crate) number: u8,
    /// How late each flight was, in minutes; `None` where it was cancelled.
    pub(crate) delays: Vec<Option<i64>>,
}

#[derive(Deserialize)]
struct Row {
    day: u8,
    carrier: String,
    dep_delay: String,
}

impl Flights {
    /// New York's in January 2013.
    pub(crate) fn january() -> Result<Self> {
        let file = File::open(JANUARY).with_context(|| format!("cannot read {JANUARY}"))?;
        let mut days = BTreeMap::<(String, u8), Day>::new();
        for row in csv::Reader::from_reader(GzDecoder::new(file)).deserialize() {
            let Row {
                day: number,
                carrier,
                dep_delay,
            } = row?;
            let day = days.entry((carrier, number)).or_default();
            day.number = number;
            day.delays.push(dep_delay.parse().ok());
        }
        let mut flights = BTreeMap::<String, Vec<Day>>::new();
        for ((carrier, _), day) in days {
            flights.entry(carrier).or_default().push(day);
        }
        Ok(Self(flights))
    }

    /// How many days there are of all airlines.
    pub(crate) fn days(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }
}
