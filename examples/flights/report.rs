//! The answer: for programs a line of JSON for each window, for people a table.

use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use indicatif::HumanCount;
use serde::Serialize;

use super::window::{Progress, Totals, Window};

/// What a line says of a window.
#[derive(Debug, Serialize)]
struct WindowLine<'a> {
    origin: &'a str,
    start: String,
    flights: u64,
    cancelled: u64,
    delay_sum: i64,
    delay_max: Option<i64>,
}

/// What the last line says.
#[derive(Debug, Serialize)]
struct LastLine {
    events: u64,
    late: u64,
    windows: usize,
}

/// Writes a line for each window, and a last one.
pub(crate) fn json(
    out: &mut impl Write,
    windows: &[(Window, Totals)],
    progress: &Progress,
) -> io::Result<()> {
    for (window, totals) in windows {
        let line = WindowLine {
            origin: &window.origin,
            start: window.start.to_string(),
            flights: totals.flights,
            cancelled: totals.cancelled,
            delay_sum: totals.delay_sum,
            delay_max: totals.delay_max,
        };
        write_line(out, &line)?;
    }
    let last = LastLine {
        events: progress.events,
        late: progress.late,
        windows: windows.len(),
    };
    write_line(out, &last)
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)
}

/// Writes all windows as a table, the sums of each airport at its end.
pub(crate) fn table(
    out: &mut impl Write,
    windows: &[(Window, Totals)],
    progress: &Progress,
) -> io::Result<()> {
    let mut table = empty_table();
    let mut airports = BTreeMap::<&str, Totals>::new();
    let mut shown = None;
    for (window, totals) in windows {
        // The hour stands in the first of its rows only.
        let hour = if shown == Some(window.start) {
            String::new()
        } else {
            window.start.strftime("%a %e %b %Y  %H:%M").to_string()
        };
        shown = Some(window.start);
        table.add_row(row(hour, &window.origin, totals));
        airports.entry(&window.origin).or_default().merge(totals);
    }
    table.add_row([""; COLUMNS]);
    for (origin, totals) in &airports {
        table.add_row(row("all hours".to_owned(), origin, totals));
    }
    writeln!(out, "{table}")?;
    writeln!(
        out,
        "{} departures in {} windows; {} more came too late for theirs",
        HumanCount(progress.events - progress.late),
        HumanCount(windows.len() as u64),
        HumanCount(progress.late),
    )
}

const COLUMNS: usize = 6;

fn empty_table() -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_header([
        "hour (UTC)",
        "from",
        "departed",
        "cancelled",
        "mean delay (min)",
        "worst delay (min)",
    ]);
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn row(hour: String, origin: &str, totals: &Totals) -> [String; COLUMNS] {
    let mean = mean(totals).map(|minutes| format!("{minutes:.1}"));
    let worst = totals.delay_max.map(|minutes| minutes.to_string());
    [
        hour,
        origin.to_owned(),
        HumanCount(totals.flights).to_string(),
        HumanCount(totals.cancelled).to_string(),
        mean.unwrap_or_default(),
        worst.unwrap_or_default(),
    ]
}

/// The mean delay in minutes; `None` where nothing departed.
#[allow(
    clippy::cast_precision_loss,
    reason = "sums of minutes stay far below 2^53"
)]
fn mean(totals: &Totals) -> Option<f64> {
    (totals.flights > 0).then(|| totals.delay_sum as f64 / totals.flights as f64)
}

/// Whether the reader of standard output has gone, as `head` does.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
