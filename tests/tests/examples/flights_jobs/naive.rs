//! What the answers of the other jobs must be, worked out without the library.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::flights_run::rows;

type Time = DateTime<Utc>;

const MOMENT: TimeDelta = TimeDelta::milliseconds(1);

/// What an aircraft did without a long rest.
struct Session {
    start: Time,
    end: Time,
    legs: u64,
    distance: i64,
}

/// What is left behind by the newest event so far: nothing where there is none.
struct Watermark(Option<Time>);

impl Watermark {
    fn follow(&mut self, scheduled: Time) {
        self.0 = self.0.max(Some(scheduled - TimeDelta::hours(2)));
    }

    /// Whether what ends so has closed.
    fn has_passed(&self, end: Time) -> bool {
        self.0.is_some_and(|watermark| end - MOMENT <= watermark)
    }
}

/// Sessions of aircraft: every session that ever was is looked at for every leg.
pub(crate) fn aircraft(csv: &str) -> Vec<Value> {
    let mut sessions = BTreeMap::<&str, Vec<Session>>::new();
    let mut watermark = Watermark(None);
    let (mut events, mut late) = (0, 0);
    for row in rows(csv) {
        let (tailnum, scheduled) = (row.text("tailnum"), row.scheduled());
        if row.delay().is_some() && tailnum != "NA" {
            events += 1;
            let own = sessions.entry(tailnum).or_default();
            let mut whole = Session {
                start: scheduled,
                end: scheduled + TimeDelta::hours(6),
                legs: 1,
                distance: row.number("distance"),
            };
            let (first, last) = (whole.start, whole.end);
            let (joined, mut others): (Vec<_>, Vec<_>) =
                std::mem::take(own).into_iter().partition(|other| {
                    !watermark.has_passed(other.end) && other.start <= last && first <= other.end
                });
            for other in &joined {
                whole.start = whole.start.min(other.start);
                whole.end = whole.end.max(other.end);
                whole.legs += other.legs;
                whole.distance += other.distance;
            }
            if watermark.has_passed(whole.end) {
                late += 1;
                others.extend(joined);
            } else {
                others.push(whole);
            }
            *own = others;
        }
        watermark.follow(scheduled);
    }

    let all = sessions.iter();
    let all = all.flat_map(|(tailnum, own)| own.iter().map(move |session| (*tailnum, session)));
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(tailnum, session)| (session.start, *tailnum, session.end));
    let lines = all.iter().map(|(tailnum, session)| {
        json!({
            "tailnum": tailnum,
            "start": format!("{:?}", session.start),
            "end": format!("{:?}", session.end),
            "legs": session.legs,
            "distance": session.distance,
        })
    });
    with_last_line(lines.collect(), events, late)
}

/// Three hours of airlines, every hour.
pub(crate) fn carriers(csv: &str) -> Vec<Value> {
    let mut windows = BTreeMap::<(Time, &str), Vec<i64>>::new();
    let mut watermark = Watermark(None);
    let (mut events, mut late) = (0, 0);
    for row in rows(csv) {
        if let Some(delay) = row.delay() {
            events += 1;
            let mut counts = false;
            for before in 0..3 {
                let start = row.hour() - TimeDelta::hours(before);
                if !watermark.has_passed(start + TimeDelta::hours(3)) {
                    let key = (start, row.text("carrier"));
                    windows.entry(key).or_default().push(delay);
                    counts = true;
                }
            }
            late += u64::from(!counts);
        }
        watermark.follow(row.scheduled());
    }
    let lines = windows.iter().map(|((start, carrier), delays)| {
        json!({
            "carrier": carrier,
            "start": format!("{start:?}"),
            "flights": delays.len(),
            "delay_sum": delays.iter().sum::<i64>(),
        })
    });
    with_last_line(lines.collect(), events, late)
}

fn with_last_line(mut lines: Vec<Value>, events: u64, late: u64) -> Vec<Value> {
    lines.push(json!({ "events": events, "late": late, "windows": lines.len() }));
    lines
}
