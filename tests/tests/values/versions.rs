//! Schema versions: old bytes are read through the chain, newer ones are refused by name and number.

use serde::{Deserialize, Serialize};
use typed_state::codec::{
    CodecError, Compression, Compressor, Format, decode_serde, decode_value, encode_serde,
    encode_value,
};
use typed_state::{StateValue, Ttl};

use crate::samples::LIMIT;

/// A version of an order, and how the one before becomes it.
macro_rules! version {
    ($type:ident, $version:literal, $format:expr, $compression:expr $(, from $previous:ident)?) => {
        impl StateValue for $type {
            const NAME: &'static str = "order";
            const VERSION: u32 = $version;
            const FORMAT: Format = $format;
            const COMPRESSION: Compression = $compression;
            const TTL: Option<Ttl> = None;
            const MAX_SIZE: Option<usize> = None;

            fn encode_payload(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
                encode_serde(Self::FORMAT, self, out)
            }

            fn decode_payload(
                version: u32,
                format: Format,
                payload: &[u8],
            ) -> Result<Self, CodecError> {
                if version == Self::VERSION {
                    return decode_serde(format, payload);
                }
                if version < Self::VERSION {
                    $(return $previous::decode_payload(version, format, payload).map(Self::from);)?
                }
                #[allow(unreachable_code, reason = "the first version has none before it")]
                Err(CodecError::Version { name: Self::NAME, stored: version, known: Self::VERSION })
            }
        }
    };
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct OrderV1 {
    id: u32,
    price: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct OrderV2 {
    id: u64,
    cents: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Order {
    id: String,
    cents: i64,
    paid: bool,
}

version!(OrderV1, 1, Format::Bincode, Compression::None);
version!(OrderV2, 2, Format::Json, Compression::None, from OrderV1);
version!(
    Order,
    3,
    Format::MessagePack,
    Compression::From { compressor: Compressor::Lz4, threshold: 0 },
    from OrderV2
);

impl From<OrderV1> for OrderV2 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the prices of the test are small"
    )]
    fn from(old: OrderV1) -> Self {
        Self {
            id: old.id.into(),
            cents: (old.price * 100.0).round() as i64,
        }
    }
}

impl From<OrderV2> for Order {
    fn from(old: OrderV2) -> Self {
        Self {
            id: format!("order-{}", old.id),
            cents: old.cents,
            paid: false,
        }
    }
}

#[test]
fn old_bytes_are_read_through_the_chain_whatever_format_they_are_in() {
    let order = Order {
        id: "order-7".into(),
        cents: 1_250,
        paid: false,
    };
    let v1 = encode_value(&OrderV1 { id: 7, price: 12.5 }, LIMIT).unwrap();
    assert_eq!(decode_value::<Order>(&v1, LIMIT), Ok(order.clone()));
    let v2 = encode_value(
        &OrderV2 {
            id: 7,
            cents: 1_250,
        },
        LIMIT,
    )
    .unwrap();
    assert_eq!(decode_value::<Order>(&v2, LIMIT), Ok(order.clone()));
    let v3 = encode_value(&order, LIMIT).unwrap();
    assert_eq!(decode_value::<Order>(&v3, LIMIT), Ok(order));
}

#[test]
fn newer_bytes_are_refused_by_name_and_number() {
    let order = Order {
        id: "order-7".into(),
        cents: 1_250,
        paid: true,
    };
    let v3 = encode_value(&order, LIMIT).unwrap();
    let refused = decode_value::<OrderV2>(&v3, LIMIT).unwrap_err();
    assert_eq!(
        refused,
        CodecError::Version {
            name: "order",
            stored: 3,
            known: 2
        }
    );
    assert_eq!(
        refused.to_string(),
        "stored at version 3 of `order`, and this program knows versions up to 2; deploy the newer program"
    );
    let v2 = encode_value(&OrderV2 { id: 7, cents: 1 }, LIMIT).unwrap();
    assert_eq!(
        decode_value::<OrderV1>(&v2, LIMIT),
        Err(CodecError::Version {
            name: "order",
            stored: 2,
            known: 1
        })
    );
}

#[test]
fn a_large_version_takes_more_bytes_and_is_kept() {
    for (version, spelled) in [
        (1, &b"\x01"[..]),
        (127, b"\x7f"),
        (128, b"\x80\x01"),
        (u32::MAX, b"\xff\xff\xff\xff\x0f"),
    ] {
        let bytes = [b"\x18", spelled].concat();
        let read = decode_value::<()>(&bytes, LIMIT);
        if version == 1 {
            assert_eq!(read, Ok(()));
        } else {
            assert_eq!(
                read,
                Err(CodecError::Version {
                    name: "unit",
                    stored: version,
                    known: 1
                })
            );
        }
    }
}
