//! What windows say, worked out without any of their code: every window is looked at for every element.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use super::Event;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Hopping {
        size: i64,
        advance: i64,
        offset: i64,
    },
    Session {
        gap: i64,
    },
    Sliding {
        difference: i64,
    },
}

/// Key, start and end of a window, and its inputs.
pub(crate) type Rows = BTreeMap<(u8, i64, i64), Vec<u64>>;

/// What is to be seen at the end of a stream.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// The windows that the watermark has passed.
    pub(crate) closed: Rows,
    pub(crate) open: Rows,
    pub(crate) late: Vec<u64>,
    pub(crate) watermark: i64,
}

pub(crate) fn answer(kind: Kind, lateness: i64, events: &[Event]) -> Answer {
    let mut answer = Answer {
        watermark: i64::MIN,
        ..Answer::default()
    };
    // Key, time and number of what was not late.
    let mut taken: Vec<(u8, i64, u64)> = Vec::new();
    for (number, event) in events.iter().enumerate() {
        let number = number as u64;
        let is_over = |end: i64, watermark: i64| end - 1 + lateness <= watermark;
        match *event {
            Event::Input { key, time } => {
                let mut with = taken.clone();
                with.push((key, time, number));
                let windows = windows_of(kind, key, &with);
                let mut own = windows
                    .iter()
                    .filter(|(_, inputs)| inputs.contains(&number));
                if own.all(|((_, end), _)| is_over(*end, answer.watermark)) {
                    answer.late.push(number);
                } else {
                    taken = with;
                }
            }
            Event::Watermark(time) if time > answer.watermark => {
                let before = mem::replace(&mut answer.watermark, time);
                let mut over = BTreeSet::new();
                for key in 0..3 {
                    for ((start, end), inputs) in windows_of(kind, key, &taken) {
                        if is_over(end, time) && !is_over(end, before) {
                            over.extend(inputs.clone());
                            answer.closed.insert((key, start, end), inputs);
                        }
                    }
                }
                if let Kind::Session { .. } = kind {
                    // What comes later does not join sessions that are over.
                    taken.retain(|(_, _, number)| !over.contains(number));
                }
            }
            Event::Watermark(_) => {}
        }
    }
    for key in 0..3 {
        for ((start, end), inputs) in windows_of(kind, key, &taken) {
            if end - 1 > answer.watermark {
                answer.open.insert((key, start, end), inputs);
            } else if end - 1 + lateness > answer.watermark {
                answer.closed.insert((key, start, end), inputs);
            }
        }
    }
    answer
}

fn inputs_of(key: u8, taken: &[(u8, i64, u64)]) -> Vec<(i64, u64)> {
    let own = taken.iter().filter(|(of, _, _)| *of == key);
    let mut inputs: Vec<_> = own.map(|(_, time, number)| (*time, *number)).collect();
    inputs.sort_unstable();
    inputs
}

/// All windows of a key with what is in them.
fn windows_of(kind: Kind, key: u8, taken: &[(u8, i64, u64)]) -> BTreeMap<(i64, i64), Vec<u64>> {
    let inputs = inputs_of(key, taken);
    let spans: Vec<(i64, i64)> = match kind {
        Kind::Session { gap } => return sessions(gap, &inputs),
        Kind::Hopping {
            size,
            advance,
            offset,
        } => (-200..200)
            .filter(|start| (start - offset).rem_euclid(advance) == 0)
            .map(|start| (start, start + size))
            .collect(),
        Kind::Sliding { difference } => inputs
            .iter()
            .flat_map(|(time, _)| {
                [
                    (time - difference, time + 1),
                    (time + 1, time + 2 + difference),
                ]
            })
            .collect(),
    };
    let within = |(start, end): (i64, i64)| {
        let within = inputs
            .iter()
            .filter(|(time, _)| start <= *time && *time < end);
        ((start, end), sorted(within.map(|(_, number)| *number)))
    };
    let all = spans.into_iter().map(within);
    all.filter(|(_, numbers)| !numbers.is_empty()).collect()
}

/// What overlaps or touches, by time.
fn sessions(gap: i64, inputs: &[(i64, u64)]) -> BTreeMap<(i64, i64), Vec<u64>> {
    let mut sessions: Vec<(i64, i64, Vec<u64>)> = Vec::new();
    for (time, number) in inputs {
        match sessions.last_mut() {
            Some((_, end, numbers)) if time <= end => {
                *end = time + gap;
                numbers.push(*number);
            }
            _ => sessions.push((*time, time + gap, vec![*number])),
        }
    }
    let sessions = sessions.into_iter();
    sessions
        .map(|(start, end, numbers)| ((start, end), sorted(numbers)))
        .collect()
}

fn sorted(numbers: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let mut numbers: Vec<_> = numbers.into_iter().collect();
    numbers.sort_unstable();
    numbers
}
