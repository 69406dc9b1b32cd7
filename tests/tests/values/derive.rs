//! Derived values: what the attributes set, and how old versions become new ones.
//!
//! Without the prelude, so that the generated code can count on nothing.
#![no_implicit_prelude]
#![allow(
    clippy::option_option,
    reason = "bincode keeps them apart, and that is tested"
)]

use ::serde::{Deserialize, Serialize};
use ::std::borrow::ToOwned;
use ::std::convert::{From, Into, TryFrom};
use ::std::iter::Iterator;
use ::std::option::Option::{self, None, Some};
use ::std::result::Result::{self, Err, Ok};
use ::std::string::{String, ToString};
use ::std::vec::Vec;
use ::std::{assert_eq, format};
use ::typed_state::codec::{CodecError, Compression, Compressor, Format};
use ::typed_state::{StateValue, Ttl};

/// Only what is required.
#[derive(Debug, PartialEq, Serialize, Deserialize, StateValue)]
#[state(name = "plain")]
struct Plain {
    text: Option<String>,
}

/// Everything in another format, in two attributes.
#[derive(Debug, PartialEq, Serialize, Deserialize, StateValue)]
#[state(
    name = "order.v-2_all",
    format = "json",
    compress = "zstd",
    threshold = 64
)]
#[state(ttl = "15m", max_size = "1MiB")]
struct All(u64);

#[derive(Debug, PartialEq, Serialize, Deserialize, StateValue)]
#[state(
    name = "unit",
    format = "bincode",
    compress = "snappy",
    max_size = 512,
    ttl = "1 ms"
)]
struct Nested(Option<Option<u8>>);

#[derive(Debug, PartialEq, Serialize, Deserialize, StateValue)]
#[state(name = "choice", format = "msgpack", compress = "none")]
enum Choice {
    No,
    Yes { why: Option<String> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize, StateValue)]
#[state(name = "order")]
struct OrderV1 {
    total: i64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, StateValue)]
#[state(name = "order", version = 2, try_from = OrderV1, format = "json")]
struct OrderV2 {
    total: u64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, StateValue)]
#[state(name = "order", version = 3, from = OrderV2, format = "bincode")]
struct Order {
    total: u64,
    lines: Vec<String>,
}

impl TryFrom<OrderV1> for OrderV2 {
    type Error = String;

    fn try_from(old: OrderV1) -> Result<Self, String> {
        match u64::try_from(old.total) {
            Ok(total) => Ok(Self { total }),
            Err(_) => Err(format!("a total of {} is negative", old.total)),
        }
    }
}

impl From<OrderV2> for Order {
    fn from(old: OrderV2) -> Self {
        Self {
            total: old.total,
            lines: Vec::new(),
        }
    }
}

/// Generic values, through generic versions.
#[derive(Debug, PartialEq, Serialize, Deserialize, StateValue)]
#[state(name = "held")]
struct HeldV1<T> {
    inner: T,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, StateValue)]
#[state(name = "held", version = 2, from = HeldV1<T>)]
struct Held<T, const N: usize = 1> {
    inner: [T; 1],
    size: u64,
}

impl<T, const N: usize> From<HeldV1<T>> for Held<T, N> {
    fn from(old: HeldV1<T>) -> Self {
        Self {
            inner: [old.inner],
            size: 1,
        }
    }
}

/// The bounds are given.
#[derive(Debug, PartialEq, Serialize, Deserialize, StateValue)]
#[state(name = "bounded", bound = "T: Number")]
#[serde(bound = "T: Number")]
struct Bounded<T>(T);

trait Number:
    Serialize + ::serde::de::DeserializeOwned + ::std::marker::Send + ::std::marker::Sync + 'static
{
}

impl Number for u8 {}

fn encoded<V: StateValue>(value: &V) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode_payload(&mut bytes).unwrap();
    bytes
}

#[test]
fn attributes_become_constants() {
    assert_eq!(Plain::NAME, "plain");
    assert_eq!(Plain::VERSION, 1);
    assert_eq!(Plain::FORMAT, Format::MessagePack);
    assert_eq!(Plain::COMPRESSION, Compression::Unset);
    assert_eq!((Plain::TTL, Plain::MAX_SIZE), (None, None));

    assert_eq!(All::NAME, "order.v-2_all");
    assert_eq!(All::FORMAT, Format::Json);
    let zstd = Compression::From {
        compressor: Compressor::Zstd,
        threshold: 64,
    };
    assert_eq!(All::COMPRESSION, zstd);
    assert_eq!(All::TTL, Ttl::from_millis(900_000));
    assert_eq!(All::MAX_SIZE, Some(1_048_576));

    let snappy = Compression::From {
        compressor: Compressor::Snappy,
        threshold: Compression::DEFAULT_THRESHOLD,
    };
    assert_eq!(Nested::COMPRESSION, snappy);
    assert_eq!(
        (Nested::TTL, Nested::MAX_SIZE),
        (Ttl::from_millis(1), Some(512))
    );
    assert_eq!(Choice::COMPRESSION, Compression::None);
    assert_eq!((Order::NAME, Order::VERSION), ("order", 3));
}

#[test]
fn payloads_are_what_serde_writes() {
    assert_eq!(encoded(&All(5)), b"5");
    assert_eq!(encoded(&OrderV2 { total: 7 }), br#"{"total":7}"#);
    assert_eq!(
        encoded(&Plain {
            text: Some("a".to_owned())
        }),
        b"\x81\xA4text\xA1a"
    );
}

#[test]
fn a_value_reads_its_own_version() {
    let order = Order {
        total: 5,
        lines: ["a".to_owned()].into(),
    };
    let bytes = encoded(&order);
    assert_eq!(Order::decode_payload(3, Format::Bincode, &bytes), Ok(order));
    // The format is that of the bytes, whatever the type writes now.
    let bytes = br#"{"total":5,"lines":[]}"#;
    let order = Order::decode_payload(3, Format::Json, bytes).unwrap();
    assert_eq!(order.total, 5);
}

#[test]
fn old_versions_go_through_the_chain() {
    let expected = Order {
        total: 5,
        lines: Vec::new(),
    };
    let second = encoded(&OrderV2 { total: 5 });
    assert_eq!(
        Order::decode_payload(2, OrderV2::FORMAT, &second).as_ref(),
        Ok(&expected)
    );
    let first = encoded(&OrderV1 { total: 5 });
    assert_eq!(
        Order::decode_payload(1, OrderV1::FORMAT, &first),
        Ok(expected)
    );

    let held = encoded(&HeldV1 { inner: 7_u8 });
    let held = Held::<u8>::decode_payload(1, Format::MessagePack, &held);
    assert_eq!(
        held,
        Ok(Held {
            inner: [7],
            size: 1
        })
    );
}

#[test]
fn a_failed_migration_says_why() {
    let negative = encoded(&OrderV1 { total: -5 });
    let error = Order::decode_payload(1, OrderV1::FORMAT, &negative).unwrap_err();
    assert_eq!(
        error,
        CodecError::Payload("migration failed: a total of -5 is negative".into())
    );
}

#[test]
fn other_versions_are_refused() {
    for version in [0, 4, u32::MAX] {
        let error = Order::decode_payload(version, Format::Json, b"{}").unwrap_err();
        let expected = CodecError::Version {
            name: "order",
            stored: version,
            known: 3,
        };
        assert_eq!(error, expected);
    }
    let error = Plain::decode_payload(2, Format::MessagePack, b"\x80").unwrap_err();
    assert_eq!(
        error
            .to_string()
            .split(';')
            .next()
            .unwrap()
            .split(',')
            .next(),
        Some("stored at version 2 of `plain`")
    );
}

#[test]
fn values_of_every_shape_go_there_and_back() {
    fn there_and_back<V: StateValue + ::std::fmt::Debug + ::std::cmp::PartialEq>(value: &V) {
        let back = V::decode_payload(V::VERSION, V::FORMAT, &encoded(value));
        assert_eq!(back.as_ref(), Ok(value));
    }
    there_and_back(&All(u64::MAX));
    for value in [None, Some(None), Some(Some(1))] {
        there_and_back(&Nested(value));
    }
    there_and_back(&Choice::No);
    there_and_back(&Choice::Yes { why: None });
    there_and_back(&Bounded(3_u8));
    there_and_back(&Held::<String> {
        inner: ["a".to_owned()],
        size: 2,
    });
}
