//! What the options of the table are read and checked by.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

use super::address::{HostPort, SERVER_PORT};
use super::duration;
use super::tls::{Ca, PEM};

/// Stores what was read; `false` where nothing was.
pub(super) fn put<T>(slot: &mut T, read: Option<T>) -> bool {
    let Some(value) = read else { return false };
    *slot = value;
    true
}

/// The same for an option that may be absent.
pub(super) fn put_some<T>(slot: &mut Option<T>, read: Option<T>) -> bool {
    put(slot, read.map(Some))
}

/// The same where the word `none` makes it absent.
pub(super) fn put_or_none<T>(
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

pub(super) fn flag(text: &str) -> Option<bool> {
    text.parse().ok()
}

/// A password; there is no empty one.
pub(super) fn secret(text: &str) -> Option<SecretString> {
    (!text.is_empty()).then(|| text.into())
}

/// Whether it is a whole number of milliseconds from `least` to an hour.
pub(super) fn in_span(span: Duration, least: Duration) -> bool {
    duration::is_whole(span) && (least..=Duration::from_secs(3_600)).contains(&span)
}

pub(super) fn user(text: &str) -> Option<String> {
    let spaced = text.contains(|one: char| one.is_whitespace() || one.is_control());
    kept(text, !text.is_empty() && !spaced)
}

/// As Sentinel itself has it.
pub(super) fn service(text: &str) -> Option<String> {
    let is_named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    kept(text, !text.is_empty() && text.bytes().all(is_named))
}

/// Addresses that servers announce, each with the one where it is reached.
pub(super) fn detours(text: &str) -> Option<Vec<(HostPort, HostPort)>> {
    text.split(',')
        .map(|detour| {
            let (announced, reached) = detour.split_once('/')?;
            let address = |text| HostPort::read(text, SERVER_PORT);
            Some((address(announced)?, address(reached)?))
        })
        .collect()
}

pub(super) fn client_name(text: &str) -> Option<String> {
    let sound = (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    kept(text, sound)
}

/// Neither a hash tag nor a pattern anywhere.
pub(super) fn key_prefix(text: &str) -> Option<String> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !br"{}*?[]\^".contains(&byte);
    kept(text, text.len() <= 64 && text.bytes().all(is_plain))
}

fn kept(text: &str, sound: bool) -> Option<String> {
    sound.then(|| text.to_owned())
}

/// A path, and not the PEM that ought to be in its file.
pub(super) fn path(text: &str) -> Option<PathBuf> {
    let sound = !text.is_empty() && !text.contains(PEM) && !text.contains(char::is_control);
    sound.then(|| text.into())
}

/// A file's path, or certificates and no key.
pub(super) fn ca(text: &str) -> Option<Ca> {
    if !text.trim_start().starts_with(PEM) {
        return path(text).map(Ca::File);
    }
    kept(text, !text.contains("PRIVATE KEY")).map(Ca::Pem)
}

pub(super) fn shown_path(path: impl AsRef<Path>) -> String {
    path.as_ref().display().to_string()
}
