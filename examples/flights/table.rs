//! The answer for people: a table.

use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use indicatif::HumanCount;
use jiff::Timestamp;

use super::job::Counted;
use super::kind::Kind;
use super::state::{Closed, Totals};

/// Writes all windows as a table, the sums of each airport at its end.
pub(crate) fn table(
    out: &mut impl Write,
    kind: Kind,
    windows: &[(Closed, Totals)],
    counted: Counted,
) -> io::Result<()> {
    let mut table = empty_table(header(kind));
    let mut shown = None;
    for (window, totals) in windows {
        // The hour stands in the first of its rows only.
        let hour = if shown == Some(window.start) {
            String::new()
        } else {
            hour(window.start)
        };
        shown = Some(window.start);
        table.add_row(row(kind, hour, window, totals));
    }
    if kind == Kind::Delays {
        add_airports(&mut table, windows);
    }
    writeln!(out, "{table}")?;
    writeln!(
        out,
        "{} departures in {} windows; {} more came too late for theirs",
        HumanCount(counted.events - counted.late),
        HumanCount(windows.len() as u64),
        HumanCount(counted.late),
    )
}

/// The names of the columns, and how many of them are texts.
fn header(kind: Kind) -> (&'static [&'static str], usize) {
    match kind {
        Kind::Delays => (
            &[
                "hour (UTC)",
                "from",
                "departed",
                "cancelled",
                "mean delay (min)",
                "worst delay (min)",
            ],
            2,
        ),
        Kind::Aircraft => (
            &["first leg (UTC)", "aircraft", "until", "legs", "miles"],
            3,
        ),
        Kind::Carriers => (
            &[
                "3 hours from (UTC)",
                "airline",
                "departed",
                "mean delay (min)",
            ],
            2,
        ),
    }
}

fn empty_table((names, texts): (&[&str], usize)) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_header(names);
    for column in table.column_iter_mut().skip(texts) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn row(kind: Kind, hour: String, window: &Closed, totals: &Totals) -> Vec<String> {
    let of = window.of.clone();
    let flights = HumanCount(totals.flights).to_string();
    match kind {
        Kind::Delays => airport(hour, of, totals),
        Kind::Aircraft => {
            let miles = HumanCount(totals.distance).to_string();
            vec![hour, of, self::hour(window.end), flights, miles]
        }
        Kind::Carriers => vec![hour, of, flights, mean(totals)],
    }
}

/// The sums of each airport.
fn add_airports(table: &mut Table, windows: &[(Closed, Totals)]) {
    let mut airports = BTreeMap::<&str, Totals>::new();
    for (window, totals) in windows {
        airports.entry(&window.of).or_default().merge(totals);
    }
    table.add_row([""; 6]);
    for (origin, totals) in airports {
        table.add_row(airport("all hours".to_owned(), origin.to_owned(), &totals));
    }
}

fn airport(hour: String, origin: String, totals: &Totals) -> Vec<String> {
    let worst = totals.delay_max.map(|minutes| minutes.to_string());
    vec![
        hour,
        origin,
        HumanCount(totals.flights).to_string(),
        HumanCount(totals.cancelled).to_string(),
        mean(totals),
        worst.unwrap_or_default(),
    ]
}

fn hour(time: Timestamp) -> String {
    time.strftime("%a %e %b %Y  %H:%M").to_string()
}

/// The mean delay in minutes; nothing where nothing departed.
#[allow(
    clippy::cast_precision_loss,
    reason = "sums of minutes stay far below 2^53"
)]
fn mean(totals: &Totals) -> String {
    if totals.flights == 0 {
        return String::new();
    }
    let mean = totals.delay_sum as f64 / totals.flights as f64;
    format!("{mean:.1}")
}
