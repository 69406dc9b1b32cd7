//! The answer for programs: a line of JSON for each window, and a last one.

use std::io::{self, Write};

use serde::Serialize;

use super::job::Counted;
use super::kind::Kind;
use super::state::{Closed, Totals};

/// What a line says of a window.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum WindowLine<'a> {
    Delays {
        origin: &'a str,
        start: String,
        flights: u64,
        cancelled: u64,
        delay_sum: i64,
        delay_max: Option<i64>,
    },
    Aircraft {
        tailnum: &'a str,
        start: String,
        end: String,
        legs: u64,
        distance: u64,
    },
    Carriers {
        carrier: &'a str,
        start: String,
        flights: u64,
        delay_sum: i64,
    },
}

/// What the last line says.
#[derive(Debug, Serialize)]
struct LastLine {
    events: u64,
    late: u64,
    windows: usize,
}

impl<'a> WindowLine<'a> {
    fn new(kind: Kind, window: &'a Closed, totals: &Totals) -> Self {
        let start = window.start.to_string();
        match kind {
            Kind::Delays => Self::Delays {
                origin: &window.of,
                start,
                flights: totals.flights,
                cancelled: totals.cancelled,
                delay_sum: totals.delay_sum,
                delay_max: totals.delay_max,
            },
            Kind::Aircraft => Self::Aircraft {
                tailnum: &window.of,
                start,
                end: window.end.to_string(),
                legs: totals.flights,
                distance: totals.distance,
            },
            Kind::Carriers => Self::Carriers {
                carrier: &window.of,
                start,
                flights: totals.flights,
                delay_sum: totals.delay_sum,
            },
        }
    }
}

/// Writes a line for each window, and a last one.
pub(crate) fn json(
    out: &mut impl Write,
    kind: Kind,
    windows: &[(Closed, Totals)],
    counted: Counted,
) -> io::Result<()> {
    for (window, totals) in windows {
        write_line(out, &WindowLine::new(kind, window, totals))?;
    }
    let last = LastLine {
        events: counted.events,
        late: counted.late,
        windows: windows.len(),
    };
    write_line(out, &last)
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)
}

/// Whether the reader of standard output has gone, as `head` does.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
