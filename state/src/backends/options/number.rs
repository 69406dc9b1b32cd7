use std::str::FromStr;

/// A number of decimal digits alone: no sign, no space.
pub(in crate::backends) fn read<T: FromStr>(text: &str) -> Option<T> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}
