//! The law of keys holds for a key written by hand, and each of its clauses catches the fault it is there for.
#![allow(clippy::non_canonical_partial_ord_impl, reason = "one of the faults")]

use std::fmt;
use std::panic::catch_unwind;

use typed_state::StateKey;
use typed_state::key::{
    Across, KeyError, KeyField, KeyLookup, KeyRange, KeyReader, KeyWriter, OrderedKey, Prefix,
    PrefixStage, Sampler, Start, Within,
};
use typed_state::testing::{field_law, key_law, partition_law, prefix_law};

const SOUND: u8 = 0;
const LITTLE_ENDIAN: u8 = 1;
const LOOSE_EQUALITY: u8 = 2;
const LOSSY: u8 = 3;
const TWIN_TURNED: u8 = 4;
const TWIN_LOSSY: u8 = 5;
const LOOKUP_DIFFERS: u8 = 6;
const UNENDED: u8 = 7;
const GREEDY: u8 = 8;
const LENIENT: u8 = 9;
const PANICS: u8 = 10;
const PARTITION_UNMARKED: u8 = 11;
const PARTITION_AMID: u8 = 12;
const PARTITION_LATE: u8 = 13;
const PARTITION_NOT_ALL: u8 = 14;
const PREFIX_UNMARKED: u8 = 15;
const PREFIX_WIDE: u8 = 16;
const PARTLY_ORDERED: u8 = 17;

/// A key of a name, which is its partition, and a number; what is wrong with it is `FAULT`.
#[derive(Debug, Clone, Eq)]
struct Faulty<const FAULT: u8> {
    name: String,
    number: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Twin<'a, const FAULT: u8> {
    name: &'a str,
    number: u64,
}

impl<const FAULT: u8> PartialEq for Faulty<FAULT> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && (FAULT == LOOSE_EQUALITY || self.number == other.number)
    }
}

impl<const FAULT: u8> Ord for Faulty<FAULT> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.name, self.number).cmp(&(&other.name, other.number))
    }
}

impl<const FAULT: u8> PartialOrd for Faulty<FAULT> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        if FAULT == PARTLY_ORDERED && self.name != other.name {
            return None;
        }
        Some(self.cmp(other))
    }
}

impl<const FAULT: u8> Ord for Twin<'_, FAULT> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        if FAULT == TWIN_TURNED {
            (self.number, self.name).cmp(&(other.number, other.name))
        } else {
            (self.name, self.number).cmp(&(other.name, other.number))
        }
    }
}

impl<const FAULT: u8> PartialOrd for Twin<'_, FAULT> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn write_number<const FAULT: u8>(number: u64, writer: &mut KeyWriter) {
    match FAULT {
        LITTLE_ENDIAN => writer.write_fixed(&number.to_le_bytes()),
        _ => u64::encode_field(number, writer),
    }
}

fn write_name<const FAULT: u8>(name: &str, writer: &mut KeyWriter) {
    match FAULT {
        UNENDED | GREEDY => writer.write_escaped_open(name.as_bytes()),
        // A byte that reading skips: any will do.
        LENIENT => {
            writer.write_byte(7);
            String::encode_field(name, writer);
        }
        _ => String::encode_field(name, writer),
    }
}

impl<const FAULT: u8> KeyField for Faulty<FAULT> {
    type Ref<'a> = Twin<'a, FAULT>;

    fn as_key_ref(&self) -> Twin<'_, FAULT> {
        Twin {
            name: &self.name,
            number: self.number,
        }
    }

    fn from_key_ref(twin: Twin<'_, FAULT>) -> Self {
        Self {
            name: twin.name.to_owned(),
            number: if FAULT == TWIN_LOSSY { 0 } else { twin.number },
        }
    }

    fn encode_field(twin: Twin<'_, FAULT>, writer: &mut KeyWriter) {
        if FAULT == GREEDY {
            // The number first, so that nothing says where the name ends.
            write_number::<FAULT>(twin.number, writer);
            writer.write_escaped_open(twin.name.as_bytes());
            return;
        }
        write_name::<FAULT>(twin.name, writer);
        write_number::<FAULT>(twin.number, writer);
    }

    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        if FAULT == GREEDY {
            let number = u64::decode_field(reader)?;
            let mut name = Vec::new();
            while let Ok(byte) = reader.read_byte("a byte") {
                name.push(byte);
            }
            let name = String::from_utf8(name).map_err(|_| reader.error("text"))?;
            return Ok(Self { name, number });
        }
        if FAULT == LENIENT {
            reader.read_byte("any byte")?;
        }
        let name = String::decode_field(reader)?;
        let bytes = reader.read_fixed("a number")?;
        let number = match FAULT {
            LITTLE_ENDIAN => u64::from_le_bytes(bytes),
            LOSSY => u64::from_be_bytes(bytes) & 0xFFFF,
            _ => u64::from_be_bytes(bytes),
        };
        assert!(FAULT != PANICS || number % 16 != 7, "a decoder that panics");
        Ok(Self { name, number })
    }

    fn fmt_field(twin: Twin<'_, FAULT>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", twin.name, twin.number)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        Self {
            name: String::sample_field(sampler),
            number: u64::sample_field(sampler),
        }
    }
}

impl<const FAULT: u8> KeyLookup for Faulty<FAULT> {
    type Key = Self;

    fn encode_fields(&self, writer: &mut KeyWriter) {
        if FAULT == PARTITION_AMID && !self.name.is_empty() {
            writer.write_fixed(&self.name.as_bytes()[..1]);
            writer.end_partition();
            writer.write_escaped(&self.name.as_bytes()[1..]);
        } else {
            write_name::<FAULT>(&self.name, writer);
        }
        if !matches!(FAULT, PARTITION_UNMARKED | PARTITION_AMID | PARTITION_LATE) {
            writer.end_partition();
        }
        let number = if FAULT == LOOKUP_DIFFERS {
            self.number ^ 1
        } else {
            self.number
        };
        write_number::<FAULT>(number, writer);
        if FAULT == PARTITION_LATE {
            writer.end_partition();
        }
    }
}

impl<const FAULT: u8> fmt::Display for Faulty<FAULT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Self::fmt_field(self.as_key_ref(), f)
    }
}

impl<const FAULT: u8> StateKey for Faulty<FAULT> {
    const NAMESPACE: &'static str = "faulty";
    const PARTITION_FIELDS: Option<usize> = if FAULT == PARTITION_NOT_ALL {
        None
    } else {
        Some(1)
    };
    const LAYOUT: &'static str = "faulty 00 name:String | number:u64";
    const ORDERED: bool = true;
    type Value = u64;
}

impl<const FAULT: u8> OrderedKey for Faulty<FAULT> {}

struct Named<const FAULT: u8>;

impl<const FAULT: u8> PrefixStage for Named<FAULT> {
    type Reach = Within;
    const ENDS_PARTITION: bool = FAULT != PREFIX_UNMARKED;
}

fn of_name<const FAULT: u8>(key: &Faulty<FAULT>) -> KeyRange<Faulty<FAULT>, Within> {
    Prefix::<_, Start>::new()
        .fix::<String, Named<FAULT>>(&key.name)
        .into()
}

fn starting_with_name<const FAULT: u8>(key: &Faulty<FAULT>) -> KeyRange<Faulty<FAULT>, Across> {
    Prefix::<_, Start>::new().starts_with(&key.name)
}

/// What the law says of it.
#[track_caller]
fn complaint(law: fn()) -> String {
    let panic = catch_unwind(law).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

#[track_caller]
fn assert_caught(law: fn(), clause: &str) {
    let told = complaint(law);
    assert!(
        told.lines()
            .any(|line| line.trim_start().starts_with(clause)),
        "{told}"
    );
}

#[test]
fn a_sound_key_keeps_it() {
    key_law::<Faulty<SOUND>>();
    field_law::<Faulty<SOUND>>();
    partition_law::<Faulty<SOUND>, _>(|key| key.name.clone());
    prefix_law(of_name::<SOUND>, |key| key.name.clone());
}

#[test]
fn bytes_in_another_order_are_caught() {
    assert_caught(key_law::<Faulty<LITTLE_ENDIAN>>, "order: ");
}

#[test]
fn keys_that_are_equal_under_different_bytes_are_caught() {
    assert_caught(key_law::<Faulty<LOOSE_EQUALITY>>, "order: ");
}

#[test]
fn two_orders_of_one_type_are_caught() {
    assert_caught(key_law::<Faulty<PARTLY_ORDERED>>, "order: ");
}

#[test]
fn a_decoder_that_loses_bits_is_caught() {
    // Which part of the law it breaks first depends on the keys that are drawn.
    let told = complaint(key_law::<Faulty<LOSSY>>);
    let parts = ["inverse: ", "self-delimiting: ", "canonical: "];
    assert!(parts.iter().any(|part| told.contains(part)), "{told}");
}

#[test]
fn a_twin_in_another_order_is_caught() {
    assert_caught(key_law::<Faulty<TWIN_TURNED>>, "twin: ");
}

#[test]
fn a_twin_that_does_not_give_the_key_back_is_caught() {
    assert_caught(key_law::<Faulty<TWIN_LOSSY>>, "twin: ");
}

#[test]
fn a_lookup_by_other_bytes_is_caught() {
    assert_caught(key_law::<Faulty<LOOKUP_DIFFERS>>, "twin: ");
}

#[test]
fn a_string_without_an_end_is_caught() {
    let told = complaint(key_law::<Faulty<UNENDED>>);
    assert!(
        told.contains("self-delimiting: ") || told.contains("order: "),
        "{told}"
    );
}

#[test]
fn a_last_string_that_takes_the_rest_is_caught() {
    assert_caught(field_law::<Faulty<GREEDY>>, "self-delimiting: ");
}

#[test]
fn a_decoder_that_skips_a_byte_is_caught() {
    assert_caught(key_law::<Faulty<LENIENT>>, "canonical: ");
}

#[test]
fn a_decoder_that_panics_is_caught() {
    let told = complaint(key_law::<Faulty<PANICS>>);
    assert!(told.contains("panics"), "{told}");
}

#[test]
fn a_partition_whose_end_is_not_marked_is_caught() {
    assert_caught(key_law::<Faulty<PARTITION_UNMARKED>>, "partition: ");
}

#[test]
fn a_partition_that_ends_amid_a_field_is_caught() {
    // Where the end cuts an escape in two, the key that a lookup makes is another one already.
    let told = complaint(key_law::<Faulty<PARTITION_AMID>>);
    assert!(
        told.contains("partition: ") || told.contains("looking up"),
        "{told}"
    );
}

#[test]
fn a_partition_of_fewer_bytes_than_the_key_is_caught_where_each_key_is_one() {
    assert_caught(key_law::<Faulty<PARTITION_NOT_ALL>>, "partition: ");
}

#[test]
fn a_partition_of_a_field_too_many_is_caught_against_the_fields() {
    assert_caught(
        || partition_law::<Faulty<PARTITION_LATE>, _>(|key| key.name.clone()),
        "partition: ",
    );
}

#[test]
fn a_prefix_that_does_not_mark_the_partition_is_caught() {
    assert_caught(
        || prefix_law(of_name::<PREFIX_UNMARKED>, |key| key.name.clone()),
        "prefix: ",
    );
}

#[test]
fn a_prefix_that_holds_more_than_its_keys_is_caught() {
    assert_caught(
        || prefix_law(starting_with_name::<PREFIX_WIDE>, |key| key.name.clone()),
        "prefix: ",
    );
}

#[test]
fn a_complaint_names_the_type_and_shows_both_keys_with_their_bytes() {
    let told = complaint(key_law::<Faulty<LITTLE_ENDIAN>>);
    let lines: Vec<_> = told.lines().collect();
    assert!(
        lines[0].contains("Faulty<1>` breaks the law of keys"),
        "{told}"
    );
    assert_eq!(
        lines[1].trim(),
        "order: a.cmp(&b) == bytes(a).cmp(&bytes(b))"
    );
    assert!(lines[2].starts_with("  a is "), "{told}");
    assert!(lines[3].starts_with("  a = Faulty { name: \""), "{told}");
    assert!(lines[4].starts_with("      "), "{told}");
    assert!(lines[5].starts_with("  b = Faulty { name: \""), "{told}");
    // Eight of the number, two that end the name, and what it has.
    for bytes in [lines[4], lines[6]] {
        assert!(bytes.trim().split(' ').count() >= 10, "{told}");
    }
}
