//! Bytes of keys in tests: encoded, printed, read from a fixture.

use std::collections::BTreeMap;

use typed_state::key::{KeyField, KeyWriter};

/// The bytes of a field.
pub(crate) fn encoded<F: KeyField>(field: &F) -> Vec<u8> {
    let mut writer = KeyWriter::new();
    F::encode_field(field.as_key_ref(), &mut writer);
    writer.as_bytes().to_vec()
}

/// Bytes as the documentation prints them.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

/// The lines of a fixture: a name, then bytes in hexadecimal.
pub(crate) fn lines(fixture: &str) -> BTreeMap<&str, Vec<u8>> {
    fixture
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next().expect("a name");
            let bytes = words.map(|byte| u8::from_str_radix(byte, 16).expect("a byte"));
            (name, bytes.collect())
        })
        .collect()
}
