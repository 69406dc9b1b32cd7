//! Times: `"500ms"`, `"15m"`.

use syn::Lit;

use super::Item;
use crate::errors::Errors;

const UNITS: &[(&str, i64)] = &[
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// The time in milliseconds, which is positive.
pub(crate) fn millis(item: &Item, errors: &mut Errors) -> Option<i64> {
    let name = &item.name;
    let found = match item.literal() {
        Some(Lit::Str(string)) => parse(&string.value()),
        _ => None,
    };
    match found {
        Some(0) => errors.at(
            item.at_value(),
            format!("a `{name}` of zero would expire values at once; leave it out to keep them"),
        ),
        Some(millis) => return Some(millis),
        None => errors.at(
            item.at_value(),
            format!(
                "`{name}` takes a whole number and a unit, `ms`, `s`, `m`, `h` or `d`: write `{name} = \"15m\"`"
            ),
        ),
    }
    None
}

fn parse(text: &str) -> Option<i64> {
    let (digits, unit) = split(text)?;
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    i64::try_from(digits).ok()?.checked_mul(*factor)
}

/// Digits, and the unit after them.
pub(super) fn split(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    Some((digits.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn times_have_a_unit() {
        for (text, millis) in [
            ("1ms", Some(1)),
            ("30s", Some(30_000)),
            ("15m", Some(900_000)),
            ("2h", Some(7_200_000)),
            ("7d", Some(604_800_000)),
            ("7 d", Some(604_800_000)),
            ("0s", Some(0)),
            ("15", None),
            ("m", None),
            ("1.5h", None),
            ("1w", None),
            ("-1s", None),
            ("9223372036854775807d", None),
        ] {
            assert_eq!(parse(text), millis, "{text}");
        }
    }
}
