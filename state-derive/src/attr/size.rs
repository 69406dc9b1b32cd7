//! Sizes: `512`, `"64KiB"`, `"1MiB"`.

use syn::Lit;

use super::Item;
use crate::errors::Errors;

const UNITS: &[(&str, u64)] = &[("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// The size in bytes, which is not zero.
pub(crate) fn size(item: &Item, errors: &mut Errors) -> Option<u64> {
    let name = &item.name;
    let found = match item.literal() {
        Some(Lit::Int(integer)) if integer.suffix().is_empty() => integer.base10_parse().ok(),
        Some(Lit::Str(string)) => parse(&string.value()),
        _ => None,
    };
    match found {
        Some(0) => errors.at(
            item.at_value(),
            format!("`{name}` of zero lets nothing through"),
        ),
        Some(bytes) => return Some(bytes),
        None => errors.at(
            item.at_value(),
            format!(
                "`{name}` takes bytes: write `{name} = 512`, or `\"64KiB\"`, `\"1MiB\"`, `\"2GiB\"`"
            ),
        ),
    }
    None
}

fn parse(text: &str) -> Option<u64> {
    let (digits, unit) = super::time::split(text)?;
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    digits.checked_mul(*factor)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes_have_a_binary_unit() {
        for (text, bytes) in [
            ("1KiB", Some(1_024)),
            ("64 KiB", Some(65_536)),
            ("3MiB", Some(3_145_728)),
            ("2GiB", Some(2_147_483_648)),
            ("1MB", None),
            ("1", None),
            ("MiB", None),
            ("", None),
            ("-1KiB", None),
            ("99999999999GiB", None),
        ] {
            assert_eq!(parse(text), bytes, "{text}");
        }
    }
}
