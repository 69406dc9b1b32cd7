//! The worked examples of `docs/format.md` are what the code writes and reads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use typed_state::codec::{
    CodecError, Compression, Compressor, Format, decode_serde, decode_value, encode_serde,
    encode_value,
};
use typed_state::{Counter, StateValue, Ttl};

const FORMAT_MD: &str = include_str!("../../../docs/format.md");

/// The examples of the chapter: what, and its bytes as they are printed.
fn documented() -> BTreeMap<String, String> {
    let chapter = FORMAT_MD.split_once("## Values\n").unwrap().1;
    let chapter = chapter.split("\n## ").next().unwrap();
    let examples = chapter
        .split_once("```text\n")
        .unwrap()
        .1
        .split_once("```")
        .unwrap()
        .0;
    let mut found = BTreeMap::new();
    let mut name = String::new();
    for line in examples.lines() {
        let (before, bytes) = line.split_at_checked(33).unwrap_or((line, ""));
        // A name as long as that has the whole line, and its bytes the next.
        if bytes.is_empty() || !before.ends_with(' ') {
            line.clone_into(&mut name);
            continue;
        }
        let before = before.trim();
        let key = if before.is_empty() {
            std::mem::take(&mut name)
        } else {
            before.to_owned()
        };
        found.insert(key, bytes.to_owned());
    }
    found
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i32,
    y: i32,
}

#[derive(Debug, PartialEq)]
struct PointIn<const FORMAT: u8, const VERSION: u32>(Point);

impl<const FORMAT: u8, const VERSION: u32> StateValue for PointIn<FORMAT, VERSION> {
    const NAME: &'static str = "point";
    const VERSION: u32 = VERSION;
    const FORMAT: Format = match FORMAT {
        0 => Format::MessagePack,
        1 => Format::Json,
        _ => Format::Bincode,
    };
    const COMPRESSION: Compression = Compression::None;
    const TTL: Option<Ttl> = None;
    const MAX_SIZE: Option<usize> = None;

    fn encode_payload(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        encode_serde(Self::FORMAT, &self.0, out)
    }

    fn decode_payload(_: u32, format: Format, payload: &[u8]) -> Result<Self, CodecError> {
        decode_serde(format, payload).map(Self)
    }
}

#[derive(Debug, PartialEq)]
struct Squeezed(Vec<u8>);

impl StateValue for Squeezed {
    const NAME: &'static str = "squeezed";
    const VERSION: u32 = 1;
    const FORMAT: Format = Format::Raw;
    const COMPRESSION: Compression = Compression::From {
        compressor: Compressor::Lz4,
        threshold: Compression::DEFAULT_THRESHOLD,
    };
    const TTL: Option<Ttl> = None;
    const MAX_SIZE: Option<usize> = None;

    fn encode_payload(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.extend_from_slice(&self.0);
        Ok(())
    }

    fn decode_payload(_: u32, _: Format, payload: &[u8]) -> Result<Self, CodecError> {
        Ok(Self(payload.to_vec()))
    }
}

fn example<V: StateValue + PartialEq + std::fmt::Debug>(name: &str, value: &V) -> (String, String) {
    let bytes = encode_value(value, 1 << 20).unwrap();
    assert_eq!(&decode_value::<V>(&bytes, 1 << 20).unwrap(), value);
    let printed: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    (name.to_owned(), printed.join(" "))
}

#[test]
fn the_examples_of_the_format_are_true() {
    let point = Point { x: 1, y: -1 };
    let written = BTreeMap::from([
        example("Counter(5)", &Counter(5)),
        example("\"state\"", &String::from("state")),
        example("true", &true),
        example("7_u16", &7_u16),
        example("()", &()),
        example(
            "Point { x: 1, y: -1 } MessagePack, version 1",
            &PointIn::<0, 1>(point),
        ),
        example(
            "Point { x: 1, y: -1 } JSON, version 300",
            &PointIn::<1, 300>(point),
        ),
        example(
            "Point { x: 1, y: -1 } bincode, version 2",
            &PointIn::<2, 2>(point),
        ),
        example("2,000 bytes 61, raw, LZ4", &Squeezed(vec![0x61; 2_000])),
    ]);
    assert_eq!(documented(), written);
}
