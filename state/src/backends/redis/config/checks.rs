//! What the options of the table are read by that only Redis has.

use super::address::{HostPort, SERVER_PORT};
use super::tls::Ca;
use crate::backends::options::checks::kept;
use crate::backends::options::pem;

/// Addresses with commas between.
pub(super) fn addresses(text: &str, default_port: u16) -> Option<Vec<HostPort>> {
    text.split(',')
        .map(|one| HostPort::read(one, default_port))
        .collect()
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

/// A file's path, or certificates and no key.
pub(super) fn ca(text: &str) -> Option<Ca> {
    if !pem::is_pem(text) {
        return pem::path(text).map(Ca::File);
    }
    kept(text, !pem::holds_key(text)).map(Ca::Pem)
}
