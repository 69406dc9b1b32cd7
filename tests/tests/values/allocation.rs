//! Hostile bytes cannot make a read allocate beyond its limit.

use std::collections::BTreeMap;

use typed_state::codec::{CodecError, decode_value, encode_value};

use crate::samples::{Rich, Sample};

/// The most that is alive at once while `bytes` are read, whatever comes of it.
fn peak<T: typed_state::StateValue>(bytes: &[u8], limit: usize) -> u64 {
    allocation_counter::measure(|| drop(decode_value::<T>(bytes, limit))).bytes_max
}

fn compressed<const HOW: u8>(length: usize) -> Vec<u8> {
    encode_value(&Sample::<_, HOW>("a".repeat(length)), usize::MAX)
        .unwrap()
        .to_vec()
}

#[test]
fn a_bomb_is_refused_before_it_is_decompressed() {
    const LIMIT: usize = 4_096;
    for bomb in [
        compressed::<0x01>(64 << 20),
        compressed::<0x02>(64 << 20),
        compressed::<0x03>(64 << 20),
    ] {
        assert!(bomb.len() < 4 << 20);
        let read = decode_value::<Sample<String, 0>>(&bomb, LIMIT);
        assert!(
            matches!(read, Err(CodecError::TooLarge { size, limit: LIMIT }) if size > 64 << 20)
        );
        assert!(peak::<Sample<String, 0>>(&bomb, LIMIT) < 1_024);
    }
}

#[test]
fn a_bomb_with_a_lying_length_is_refused_within_the_limit() {
    const LIMIT: usize = 4_096;
    for bomb in [
        compressed::<0x01>(1 << 20),
        compressed::<0x02>(1 << 20),
        compressed::<0x03>(1 << 20),
    ] {
        // The decoded length is three bytes after the first two; these say 4,096.
        let lying = [&bomb[..2], b"\x80\x20", &bomb[5..]].concat();
        let read = decode_value::<Sample<String, 0>>(&lying, LIMIT);
        assert!(matches!(read, Err(CodecError::Payload(_))), "{read:?}");
        assert!(peak::<Sample<String, 0>>(&lying, LIMIT) < LIMIT as u64 + 1_024);
    }
}

#[test]
fn a_short_body_cannot_claim_the_whole_limit() {
    const LIMIT: usize = 64 << 20;
    for first in [0x19, 0x1a, 0x1b] {
        // 64 MiB out of four bytes.
        let bytes = [first, 1, 0x80, 0x80, 0x80, 0x20, 1, 2, 3, 4];
        let read = decode_value::<String>(&bytes, LIMIT);
        assert!(matches!(read, Err(CodecError::Payload(_))), "{read:?}");
        assert!(peak::<String>(&bytes, LIMIT) < 1_024);
    }
}

#[test]
fn a_claimed_count_allocates_no_more_than_the_bytes_could_hold() {
    let claims: [&[u8]; 8] = [
        b"\x00\x01\xdd\xff\xff\xff\xff",                 // array 32
        b"\x00\x01\xdf\xff\xff\xff\xff",                 // map 32
        b"\x00\x01\xdb\xff\xff\xff\xff",                 // string 32
        b"\x00\x01\xc6\xff\xff\xff\xff",                 // binary 32
        b"\x00\x01\xc9\xff\xff\xff\xff\x01",             // extension 32
        b"\x10\x01\xfd\x00\x00\x00\x00\x00\x01\x00\x00", // bincode, 2^40
        b"\x10\x01\xfc\xff\xff\xff\x7f",                 // bincode, 2^31 - 1
        b"\x10\x01\xfe\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", // bincode, 128 bits
    ];
    for bytes in claims {
        assert!(
            peak::<Sample<Vec<[u64; 32]>, 0>>(bytes, 1 << 20) < 4_096,
            "{bytes:02x?}"
        );
        assert!(
            peak::<Sample<Vec<Vec<Vec<u64>>>, 0>>(bytes, 1 << 20) < 4_096,
            "{bytes:02x?}"
        );
        assert!(
            peak::<Sample<String, 0>>(bytes, 1 << 20) < 4_096,
            "{bytes:02x?}"
        );
        assert!(
            peak::<Sample<BTreeMap<String, Rich>, 0>>(bytes, 1 << 20) < 4_096,
            "{bytes:02x?}"
        );
        assert!(
            peak::<Sample<Box<str>, 0>>(bytes, 1 << 20) < 4_096,
            "{bytes:02x?}"
        );
        assert!(
            peak::<Sample<std::path::PathBuf, 0>>(bytes, 1 << 20) < 4_096,
            "{bytes:02x?}"
        );
    }
}

#[test]
fn an_honest_value_takes_what_it_holds() {
    let text = "state".repeat(10_000);
    let bytes = encode_value(&text, 1 << 20).unwrap();
    let peak = peak::<String>(&bytes, 1 << 20);
    assert_eq!(peak, text.len() as u64);
}
