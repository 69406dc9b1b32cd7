//! What the answer must be, worked out without the library.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

/// The answer by the plainest way there is: all rows in memory, one window after another.
pub(crate) fn naive_answer(csv: &str) -> Vec<Value> {
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name| header.iter().position(|field| *field == name).unwrap();
    let [year, month, day] = ["year", "month", "day"].map(column);
    let [time, delay, origin] = ["sched_dep_time", "dep_delay", "origin"].map(column);

    let mut windows: BTreeMap<(DateTime<Utc>, String), Vec<Option<i64>>> = BTreeMap::new();
    let mut newest = DateTime::<Utc>::MIN_UTC;
    let (mut events, mut late) = (0, 0);
    for line in lines {
        let row: Vec<&str> = line.split(',').collect();
        let number = |index: usize| row[index].parse::<u32>().unwrap();
        let date = NaiveDate::from_ymd_opt(row[year].parse().unwrap(), number(month), number(day));
        let (hour, minute) = (number(time) / 100, number(time) % 100);
        let start = date.unwrap().and_hms_opt(hour, 0, 0).unwrap().and_utc();
        let scheduled = start + TimeDelta::minutes(minute.into());

        events += 1;
        let last_moment = start + TimeDelta::hours(1) - TimeDelta::milliseconds(1);
        let has_seen_any = newest > DateTime::<Utc>::MIN_UTC;
        if has_seen_any && last_moment <= newest - TimeDelta::hours(2) {
            late += 1;
        } else {
            let key = (start, row[origin].to_owned());
            windows
                .entry(key)
                .or_default()
                .push(row[delay].parse().ok());
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
