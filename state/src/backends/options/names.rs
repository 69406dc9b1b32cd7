//! What options are called, and what is no option.

use super::draft::Draft;
use super::row::Row;

/// How many letters of a name may be wrong for it to be taken for another.
const SLIPS: usize = 3;

/// The option of this name.
pub(crate) fn named<D: Draft>(name: &str) -> Option<&'static Row<D>> {
    D::rows().iter().find(|row| row.name == name)
}

/// The names of some options.
pub(crate) fn names<D: Draft>(
    which: impl Fn(&Row<D>) -> bool,
) -> impl Iterator<Item = &'static str> {
    D::rows()
        .iter()
        .filter(move |row| which(row))
        .map(|row| row.name)
}

/// The name of what is no option, where it looks like one and cannot be a misplaced secret.
pub(crate) fn shown_name(name: &str) -> &str {
    let looks = !name.is_empty()
        && name.len() <= 32
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if looks { name } else { "(not shown)" }
}

/// What is known, for the message on a name that is none of it: first the one that is probably meant.
pub(crate) fn unknown<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let quoted: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    let all = quoted.join(", ");
    match nearest(shown_name(name), &known) {
        Some(near) => format!("is `{near}` meant? there are {all}"),
        None => format!("there are {all}"),
    }
}

fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known
        .iter()
        .copied()
        .min_by_key(|known| slips(name, known))?;
    // Where much of a short name would have to be changed, it is another one.
    let bound = SLIPS.min(near.len() / 2);
    (slips(name, near) <= bound).then_some(near)
}

/// How many letters must be added, left out or changed to make one of the other, capital or not: Levenshtein's distance.
fn slips(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (position, byte) in one.bytes().enumerate() {
        let mut before = position;
        let mut left = position + 1;
        let mut next = vec![left];
        for (above, known) in row.iter().skip(1).zip(other.bytes()) {
            let change = before + usize::from(!byte.eq_ignore_ascii_case(&known));
            left = change.min(above + 1).min(left + 1);
            before = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
