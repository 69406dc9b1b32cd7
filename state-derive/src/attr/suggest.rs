//! "Did you mean": the known name that is nearest to an unknown one.

/// The nearest of `known`, where it is at most a third of the letters away.
pub(crate) fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|name| (distance(unknown, name), *name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters must be added, removed, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.chars().collect();
    // The rows of the table for the empty prefix, and for the prefixes one and two letters shorter.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &other) in b.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let replaced = cell(&last, j) + usize::from(letter != other);
            let mut best = replaced.min(cell(&last, j + 1) + 1).min(cell(&row, j) + 1);
            let swapped = i.checked_sub(1).and_then(|i| a.get(i)) == Some(&other)
                && j.checked_sub(1).and_then(|j| b.get(j)) == Some(&letter);
            if swapped && j > 0 {
                best = best.min(cell(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn distance_counts_edits() {
        for (a, b, edits) in [
            ("", "", 0),
            ("ttl", "ttl", 0),
            ("", "ttl", 3),
            ("namspace", "namespace", 1),
            ("nmaespace", "namespace", 1),
            ("TTL", "ttl", 0),
            ("tll", "ttl", 1),
            ("versions", "version", 1),
        ] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }

    #[test]
    fn nothing_near_is_not_suggested() {
        assert_eq!(nearest("colour", &["namespace", "value", "ordered"]), None);
        assert_eq!(
            nearest("order", &["namespace", "value", "ordered"]),
            Some("ordered")
        );
    }
}
