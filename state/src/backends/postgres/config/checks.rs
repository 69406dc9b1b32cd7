//! What the options of the table are read by that only PostgreSQL has.

use crate::backends::options::checks::kept;

/// The longest name that the server keeps, in bytes.
const MAX_NAME_LEN: usize = 63;
/// The longest name of a table, in bytes: those of its indexes and functions are longer.
const MAX_TABLE_LEN: usize = 40;

pub(super) fn schema(text: &str) -> Option<String> {
    identifier(text, MAX_NAME_LEN)
}

pub(super) fn table(text: &str) -> Option<String> {
    identifier(text, MAX_TABLE_LEN)
}

/// A name that is the same in quotes and without.
fn identifier(text: &str, longest: usize) -> Option<String> {
    let begins = text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    let sound = begins && text.len() <= longest && text.bytes().all(is_plain);
    kept(text, sound)
}

pub(super) fn database(text: &str) -> Option<String> {
    let sound = (1..=MAX_NAME_LEN).contains(&text.len()) && !text.contains(char::is_control);
    kept(text, sound)
}

pub(super) fn application_name(text: &str) -> Option<String> {
    let is_printable = |byte: u8| matches!(byte, b' '..=b'~');
    let sound = (1..=MAX_NAME_LEN).contains(&text.len()) && text.bytes().all(is_printable);
    kept(text, sound)
}
