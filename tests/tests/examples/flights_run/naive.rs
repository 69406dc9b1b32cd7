//! What the answer must be, worked out without the library.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::rows::rows;

/// The answer by the plainest way there is: all rows in memory, one window after another.
pub(crate) fn naive_answer(csv: &str) -> Vec<Value> {
    let mut windows: BTreeMap<(DateTime<Utc>, String), Vec<Option<i64>>> = BTreeMap::new();
    let mut newest = DateTime::<Utc>::MIN_UTC;
    let (mut events, mut late) = (0, 0);
    for row in rows(csv) {
        let (start, scheduled) = (row.hour(), row.scheduled());
        events += 1;
        let last_moment = start + TimeDelta::hours(1) - TimeDelta::milliseconds(1);
        let has_seen_any = newest > DateTime::<Utc>::MIN_UTC;
        if has_seen_any && last_moment <= newest - TimeDelta::hours(2) {
            late += 1;
        } else {
            let key = (start, row.text("origin").to_owned());
            windows.entry(key).or_default().push(row.delay());
        }
        newest = newest.max(scheduled);
    }

    let mut answer: Vec<Value> = windows
        .iter()
        .map(|((start, origin), delays)| {
            let departed: Vec<i64> = delays.iter().flatten().copied().collect();
            json!({
                "origin": origin,
                "start": format!("{start:?}"),
                "flights": departed.len(),
                "cancelled": delays.len() - departed.len(),
                "delay_sum": departed.iter().sum::<i64>(),
                "delay_max": departed.iter().max(),
            })
        })
        .collect();
    answer.push(json!({ "events": events, "late": late, "windows": answer.len() }));
    answer
}

/// The lines of an answer.
pub(crate) fn parsed(answer: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap();
    answer.lines().map(parse).collect()
}
