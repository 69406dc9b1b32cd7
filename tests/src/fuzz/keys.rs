use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use typed_state::backend::Key;
use typed_state::key::{KeyReader, KeyWriter, Sampler, decode_key, encode_key};
use typed_state::{Desc, KeyField, StateKey, TotalF32, TotalF64};
use uuid::Uuid;

#[derive(KeyField, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Origin {
    #[state(tag = 0)]
    Unknown,
    #[state(tag = 1)]
    Number(i32),
    #[state(tag = 255)]
    Place {
        name: String,
        point: Option<Desc<[i16; 2]>>,
    },
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "orders", value = u64, ordered)]
struct Order {
    #[state(partition)]
    tenant: String,
    id: u64,
    at: i64,
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "events", value = u64)]
struct Event {
    #[state(partition)]
    site: Vec<u8>,
    #[state(partition)]
    user: Option<Uuid>,
    at: Desc<DateTime<Utc>>,
    origin: Origin,
    last: Desc<String>,
    order: Order,
}

/// A type whose decoding is tried.
struct Kind {
    decode: fn(&[u8]),
    /// Bytes that decode.
    sample: fn(&mut Sampler<'_>) -> Vec<u8>,
}

const fn field<F: KeyField>() -> Kind {
    Kind {
        decode: decode_field::<F>,
        sample: |sampler| encoded(&F::sample_field(sampler)),
    }
}

const fn whole<K: StateKey>() -> Kind {
    Kind {
        decode: decode_whole::<K>,
        ..field::<K>()
    }
}

static KINDS: [Kind; 31] = [
    whole::<Order>(),
    whole::<Event>(),
    field::<u8>(),
    field::<u64>(),
    field::<u128>(),
    field::<i8>(),
    field::<i64>(),
    field::<std::num::NonZero<u16>>(),
    field::<bool>(),
    field::<char>(),
    field::<String>(),
    field::<Vec<u8>>(),
    field::<Bytes>(),
    field::<[u8; 5]>(),
    field::<[String; 2]>(),
    field::<Option<Option<String>>>(),
    field::<(String, Vec<u8>, i16)>(),
    field::<Desc<String>>(),
    field::<Desc<(Option<Vec<u8>>, Desc<String>)>>(),
    field::<Origin>(),
    field::<TotalF32>(),
    field::<TotalF64>(),
    field::<Duration>(),
    field::<Uuid>(),
    field::<NaiveDate>(),
    field::<NaiveTime>(),
    field::<NaiveDateTime>(),
    field::<DateTime<Utc>>(),
    field::<jiff::civil::DateTime>(),
    field::<jiff::civil::Time>(),
    field::<jiff::Timestamp>(),
];

/// The first byte says which type, the others are its bytes: they decode to what encodes to them, or not at all.
///
/// # Panics
/// Where they do neither.
pub fn key_decode(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else {
        return;
    };
    if let Some(kind) = KINDS.get(usize::from(*kind) % KINDS.len()) {
        (kind.decode)(bytes);
    }
    // Bytes that are no key at all.
    if let Ok(key) = Key::new(bytes, usize::from(*kind)) {
        assert!(!key.to_string().is_empty());
        assert_eq!(
            [key.namespace(), &[0], key.fields()].concat(),
            key.as_bytes()
        );
        assert!(key.fields().starts_with(key.partition()));
    }
}

/// An input of each type that decodes, drawn from `seed`.
pub fn key_inputs(seed: &[u8]) -> Vec<Vec<u8>> {
    (0..)
        .zip(&KINDS)
        .map(|(index, kind)| {
            let mut input = vec![index];
            input.extend((kind.sample)(&mut Sampler::new(seed)));
            input
        })
        .collect()
}

fn encoded<F: KeyField>(field: &F) -> Vec<u8> {
    let mut writer = KeyWriter::new();
    F::encode_field(field.as_key_ref(), &mut writer);
    writer.as_bytes().to_vec()
}

fn decode_field<F: KeyField>(bytes: &[u8]) {
    let mut reader = KeyReader::new(bytes);
    match F::decode_field(&mut reader) {
        Ok(field) => {
            let read = bytes.get(..reader.position());
            assert_eq!(
                read,
                Some(&encoded(&field)[..]),
                "other bytes than were read"
            );
        }
        Err(error) => assert!(error.position() <= bytes.len(), "{error}"),
    }
}

fn decode_whole<K: StateKey>(fields: &[u8]) {
    decode_field::<K>(fields);
    let bytes = [K::NAMESPACE.as_bytes(), &[0], fields].concat();
    let Ok(key) = Key::new(&bytes[..], bytes.len()) else {
        return;
    };
    if let Ok(decoded) = decode_key::<K>(&key) {
        assert!(!decoded.to_string().is_empty());
        let again = encode_key(&decoded).map(|key| key.as_bytes().to_vec());
        assert!(
            again.as_deref().is_ok_and(|again| again == bytes),
            "{again:02x?} and {bytes:02x?}"
        );
    }
}
