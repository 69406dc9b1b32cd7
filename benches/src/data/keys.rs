//! The key of the comparisons, and the code that someone would write by hand for the same bytes.

use std::fmt;

use rand::Rng;
use typed_state::StateKey;
use typed_state::key::{KeyError, KeyField, KeyLookup, KeyReader, KeyWriter, Sampler};

use super::items::Item;
use super::{KEYS, rng, text};

/// `account`, with fields of 20 to 24 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// Two to six letters.
    pub account: String,
    /// Any.
    pub device: u64,
    /// Any.
    pub at: i64,
}

/// Random keys.
pub fn events() -> Vec<EventKey> {
    let mut rng = rng();
    (0..KEYS)
        .map(|_| {
            let letters = rng.random_range(2..=6);
            EventKey {
                account: text(&mut rng, letters),
                device: rng.random(),
                at: rng.random(),
            }
        })
        .collect()
}

const NAMESPACE: &str = "events";

/// The bytes of a key, written by hand.
pub fn encode_by_hand(key: &EventKey) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(NAMESPACE.len() + 1 + key.account.len() + 2 + 16);
    bytes.extend_from_slice(NAMESPACE.as_bytes());
    bytes.push(0);
    for &byte in key.account.as_bytes() {
        bytes.push(byte);
        if byte == 0 {
            bytes.push(0xff);
        }
    }
    bytes.extend_from_slice(&[0, 1]);
    bytes.extend_from_slice(&key.device.to_be_bytes());
    bytes.extend_from_slice(&(key.at ^ i64::MIN).to_be_bytes());
    bytes
}

/// The key in bytes, read by hand.
pub fn decode_by_hand(bytes: &[u8]) -> Option<EventKey> {
    let mut rest = bytes
        .strip_prefix(NAMESPACE.as_bytes())?
        .strip_prefix(&[0])?;
    let mut account = Vec::with_capacity(rest.len().saturating_sub(18));
    loop {
        match *rest {
            [0, 0xff, ref after @ ..] => {
                account.push(0);
                rest = after;
            }
            [0, 1, ref after @ ..] => {
                rest = after;
                break;
            }
            [0, ..] | [] => return None,
            [byte, ref after @ ..] => {
                account.push(byte);
                rest = after;
            }
        }
    }
    let (device, rest) = rest.split_first_chunk()?;
    let at = rest.try_into().ok()?;
    Some(EventKey {
        account: String::from_utf8(account).ok()?,
        device: u64::from_be_bytes(*device),
        at: i64::from_be_bytes(at) ^ i64::MIN,
    })
}

// What the derive writes.

impl KeyLookup for EventKey {
    type Key = Self;

    fn encode_fields(&self, writer: &mut KeyWriter) {
        String::encode_field(&self.account, writer);
        writer.end_partition();
        u64::encode_field(self.device, writer);
        i64::encode_field(self.at, writer);
    }
}

impl KeyField for EventKey {
    type Ref<'a> = (&'a str, u64, i64);

    fn as_key_ref(&self) -> (&str, u64, i64) {
        (&self.account, self.device, self.at)
    }

    fn from_key_ref((account, device, at): (&str, u64, i64)) -> Self {
        Self {
            account: account.to_owned(),
            device,
            at,
        }
    }

    fn encode_field((account, device, at): (&str, u64, i64), writer: &mut KeyWriter) {
        String::encode_field(account, writer);
        u64::encode_field(device, writer);
        i64::encode_field(at, writer);
    }

    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        Ok(Self {
            account: String::decode_field(reader)?,
            device: u64::decode_field(reader)?,
            at: i64::decode_field(reader)?,
        })
    }

    fn fmt_field(
        (account, device, at): (&str, u64, i64),
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        write!(f, "{account}/{device}/{at}")
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        Self {
            account: String::sample_field(sampler),
            device: u64::sample_field(sampler),
            at: i64::sample_field(sampler),
        }
    }
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Self::fmt_field(self.as_key_ref(), f)
    }
}

impl StateKey for EventKey {
    const NAMESPACE: &'static str = NAMESPACE;
    const PARTITION_FIELDS: Option<usize> = Some(1);
    const LAYOUT: &'static str = "events 00 account:String device:u64 at:i64";
    const ORDERED: bool = false;
    type Value = Item;
}

#[cfg(test)]
mod tests {
    use typed_state::key::{decode_key, encode_key};

    use super::*;

    #[test]
    fn both_sides_write_and_read_the_same_bytes() {
        for key in events().iter().take(1_000) {
            let ours = encode_key(key).unwrap();
            assert_eq!(ours.as_bytes(), encode_by_hand(key));
            assert_eq!(decode_key::<EventKey>(&ours).unwrap(), *key);
            assert_eq!(decode_by_hand(ours.as_bytes()).as_ref(), Some(key));
            assert!((20..=24).contains(&ours.fields().len()));
        }
    }
}
