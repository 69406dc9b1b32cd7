//! What options are read by, whichever backend they are of.

use std::path::Path;

use secrecy::SecretString;

/// Stores what was read; `false` where nothing was.
pub(crate) fn put<T>(slot: &mut T, read: Option<T>) -> bool {
    let Some(value) = read else { return false };
    *slot = value;
    true
}

/// The same for an option that may be absent.
pub(crate) fn put_some<T>(slot: &mut Option<T>, read: Option<T>) -> bool {
    put(slot, read.map(Some))
}

/// The same where the word `none` makes it absent.
pub(crate) fn put_or_none<T>(
    slot: &mut Option<T>,
    text: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> bool {
    if text == "none" {
        *slot = None;
        return true;
    }
    put_some(slot, read(text))
}

pub(crate) fn flag(text: &str) -> Option<bool> {
    text.parse().ok()
}

/// A password; there is no empty one.
pub(crate) fn secret(text: &str) -> Option<SecretString> {
    (!text.is_empty()).then(|| text.into())
}

pub(crate) fn user(text: &str) -> Option<String> {
    let spaced = text.contains(|one: char| one.is_whitespace() || one.is_control());
    kept(text, !text.is_empty() && !spaced)
}

pub(crate) fn kept(text: &str, sound: bool) -> Option<String> {
    sound.then(|| text.to_owned())
}

pub(crate) fn shown_path(path: impl AsRef<Path>) -> String {
    path.as_ref().display().to_string()
}
