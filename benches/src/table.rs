//! The table for people.

use std::fmt::Write as _;

use crate::harness::Figure;

/// A line of headings, then one line a figure.
pub fn of(figures: &[Figure]) -> String {
    let width = figures
        .iter()
        .map(|figure| figure.contest.name.len())
        .max()
        .unwrap_or(0)
        .max(6);
    let mut table = format!(
        "{:<width$} {:>12} {:>12} {:>7} {:>13} {:>6}  against\n",
        "figure", "ours ns", "theirs ns", "ratio", "middle half", "goal",
    );
    for figure in figures {
        let [ours, theirs] = match figure.nanos {
            Some((ours, theirs)) => [format!("{ours:.1}"), format!("{theirs:.1}")],
            None => [String::from("-"), String::from("-")],
        };
        let goal = match figure.contest.goal {
            Some(goal) => format!("{goal:.2}"),
            None => String::from("-"),
        };
        let (low, high) = figure.quartiles;
        // Writing to a string does not fail.
        let _ = writeln!(
            table,
            "{:<width$} {ours:>12} {theirs:>12} {:>7.3} {:>6.3}-{:<6.3} {goal:>6}  {}",
            figure.contest.name, figure.ratio, low, high, figure.contest.against,
        );
    }
    table
}
