//! What a format cannot read back is refused when it is written, and hostile nesting and counts when they are read.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use typed_state::codec::{CodecError, decode_value, encode_value};

use crate::samples::{LIMIT, Sample};

const MESSAGE_PACK: u8 = 0x00;
const JSON: u8 = 0x10;
const BINCODE: u8 = 0x20;

#[track_caller]
fn refused<T, const HOW: u8>(value: T, reason: &str)
where
    T: Serialize + DeserializeOwned + Debug + Send + Sync + 'static,
{
    match encode_value(&Sample::<T, HOW>(value), LIMIT) {
        Err(CodecError::Payload(message)) if message.contains(reason) => {}
        other => panic!("{HOW:#04x}: {other:?}"),
    }
}

#[track_caller]
fn kept<T, const HOW: u8>(value: T)
where
    T: Serialize + DeserializeOwned + Clone + PartialEq + Debug + Send + Sync + 'static,
{
    let value = Sample::<T, HOW>(value);
    let bytes = encode_value(&value, LIMIT).unwrap();
    assert_eq!(decode_value::<Sample<T, HOW>>(&bytes, LIMIT), Ok(value));
}

#[track_caller]
fn unread<T, const HOW: u8>(payload: &[u8], reason: &str)
where
    T: Serialize + DeserializeOwned + Debug + Send + Sync + 'static,
{
    let header = encode_value(&Sample::<u8, HOW>(0), LIMIT).unwrap();
    let bytes = [&header[..2], payload].concat();
    match decode_value::<Sample<T, HOW>>(&bytes, LIMIT) {
        Err(CodecError::Payload(message)) if message.contains(reason) => {}
        other => panic!("{HOW:#04x}: {other:?}"),
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Wrapped(Option<u8>);

#[test]
fn some_of_nothing_is_not_silently_none() {
    kept::<Option<Option<u8>>, BINCODE>(Some(None));
    refused::<Option<Option<u8>>, MESSAGE_PACK>(Some(None), "`Some` of nothing");
    refused::<Option<Option<u8>>, JSON>(Some(None), "`Some` of nothing");
    refused::<Option<()>, MESSAGE_PACK>(Some(()), "`Some` of nothing");
    refused::<Option<Wrapped>, JSON>(Some(Wrapped(None)), "`Some` of nothing");
    refused::<Option<Unit>, JSON>(Some(Unit), "`Some` of nothing");
    kept::<Option<Unit>, MESSAGE_PACK>(Some(Unit));
    kept::<Option<Wrapped>, JSON>(Some(Wrapped(Some(1))));
    kept::<Option<Option<u8>>, JSON>(None);
    kept::<Option<(Option<u8>, ())>, JSON>(Some((None, ())));
    kept::<Option<Vec<Option<u8>>>, MESSAGE_PACK>(Some(vec![None]));
}

#[test]
fn json_refuses_numbers_that_are_not_finite() {
    refused::<f64, JSON>(f64::NAN, "not finite");
    refused::<Vec<f32>, JSON>(vec![1.0, f32::INFINITY], "not finite");
    refused::<Option<f64>, JSON>(Some(f64::NEG_INFINITY), "not finite");
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Skipping {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    id: u64,
}

#[test]
fn a_format_of_positions_refuses_a_skipped_field() {
    let value = Skipping { note: None, id: 1 };
    refused::<_, BINCODE>(value.clone(), "skips a field");
    kept::<_, MESSAGE_PACK>(value.clone());
    kept::<_, JSON>(value);
    kept::<_, BINCODE>(Skipping {
        note: Some("n".into()),
        id: 1,
    });
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Flat {
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

#[test]
fn bincode_refuses_what_it_cannot_count() {
    let value = Flat {
        rest: BTreeMap::from([("a".into(), 1)]),
    };
    refused::<_, BINCODE>(value.clone(), "flatten");
    kept::<_, JSON>(value.clone());
    kept::<_, MESSAGE_PACK>(value);
}

#[test]
fn elements_without_bytes_do_not_make_a_loop() {
    // 2^40 of them, in nine bytes.
    let many = b"\xfd\x00\x00\x00\x00\x00\x01\x00\x00";
    unread::<Vec<()>, BINCODE>(many, "more elements");
    unread::<Vec<PhantomData<u8>>, BINCODE>(many, "more elements");
    unread::<String, BINCODE>(many, "cut off");
    unread::<Vec<u64>, BINCODE>(many, "more elements");
    unread::<BTreeMap<String, u8>, BINCODE>(many, "more elements");
    // Each inner sequence claims no more than there are bytes, all of them together do.
    unread::<Vec<Vec<()>>, BINCODE>(&[3, 3, 0, 0], "more elements");
    unread::<Vec<u64>, MESSAGE_PACK>(b"\xdd\xff\xff\xff\xff\x01", "more elements");
    unread::<BTreeMap<u8, u8>, MESSAGE_PACK>(b"\xdf\xff\xff\xff\xff\x01\x01", "more elements");
    refused::<Vec<()>, BINCODE>(vec![(); 1_000], "no bytes");
    kept::<Vec<()>, MESSAGE_PACK>(vec![(); 1_000]);
    kept::<Vec<()>, JSON>(vec![(); 1_000]);
    kept::<((), PhantomData<u8>, [(); 30]), BINCODE>(((), PhantomData, [(); 30]));
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Nest(Vec<Nest>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Chain {
    End,
    Link(Box<Chain>),
    Pair(Box<Chain>, u8),
    Field { next: Box<Chain> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Node {
    next: Option<Box<Node>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Onion(Option<Box<Onion>>);

fn repeated<T>(times: usize, inner: T, wrap: impl Fn(T) -> T) -> T {
    (0..times).fold(inner, |inner, _| wrap(inner))
}

fn nests_to_the_limit<const HOW: u8>() {
    let nest = |levels: usize| repeated(levels - 1, Nest(vec![]), |inner| Nest(vec![inner]));
    kept::<_, HOW>(nest(127));
    refused::<_, HOW>(nest(128), "127 levels");

    let link =
        |levels: usize| repeated(levels - 1, Chain::End, |inner| Chain::Link(Box::new(inner)));
    kept::<_, HOW>(link(127));
    refused::<_, HOW>(link(128), "127 levels");

    let pair =
        |levels: usize| repeated(levels, Chain::End, |inner| Chain::Pair(Box::new(inner), 1));
    kept::<_, HOW>(pair(63));
    refused::<_, HOW>(pair(64), "127 levels");

    let field = |levels: usize| {
        repeated(levels, Chain::End, |inner| Chain::Field {
            next: Box::new(inner),
        })
    };
    kept::<_, HOW>(field(63));
    refused::<_, HOW>(field(64), "127 levels");

    let node = |levels: usize| {
        repeated(levels, Node { next: None }, |inner| Node {
            next: Some(Box::new(inner)),
        })
    };
    kept::<_, HOW>(node(63));
    refused::<_, HOW>(node(64), "127 levels");
}

#[test]
fn what_nests_to_the_limit_is_kept_and_beyond_it_is_refused() {
    nests_to_the_limit::<MESSAGE_PACK>();
    nests_to_the_limit::<JSON>();
    nests_to_the_limit::<BINCODE>();
    kept::<_, BINCODE>(repeated(126, Onion(None), |inner| {
        Onion(Some(Box::new(inner)))
    }));
}

#[test]
fn hostile_nesting_ends_before_the_stack() {
    const DEEP: usize = 1 << 19;
    unread::<Nest, MESSAGE_PACK>(&vec![0x91; DEEP], "127 levels");
    unread::<Nest, JSON>(&vec![b'['; DEEP], "recursion limit");
    unread::<Nest, BINCODE>(&vec![1; DEEP], "127 levels");
    unread::<Chain, MESSAGE_PACK>(&b"\x81\xa4Link".repeat(DEEP / 6), "127 levels");
    unread::<Chain, JSON>(&b"{\"Link\":".repeat(DEEP / 8), "recursion limit");
    unread::<Chain, BINCODE>(&vec![1; DEEP], "127 levels");
    unread::<Node, BINCODE>(&vec![1; DEEP], "127 levels");
    unread::<Onion, BINCODE>(&vec![1; DEEP], "127 levels");
    // One marker is asked again and again whether it is `None`.
    unread::<Onion, MESSAGE_PACK>(&[1], "127 levels");
    unread::<Onion, JSON>(b"1", "127 levels");
    // Unknown fields are skipped, whatever they hold.
    unread::<Node, MESSAGE_PACK>(
        &[b"\x81\xa1x", vec![0x91; DEEP].as_slice()].concat(),
        "127 levels",
    );
    unread::<serde_json::Value, MESSAGE_PACK>(&vec![0x91; DEEP], "127 levels");
}
