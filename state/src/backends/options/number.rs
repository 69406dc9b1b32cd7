use std::str::FromStr;

/// A number of decimal digits alone: no sign, no space.
pub(crate) fn read<T: FromStr>(text: &str) -> Option<T> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Decimal digits with a point among them or none: no sign, no exponent.
#[cfg(feature = "any")]
pub(crate) fn read_fraction(text: &str) -> Option<f64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_digits(whole) && is_digits(part)).then(|| text.parse().ok())?
}
