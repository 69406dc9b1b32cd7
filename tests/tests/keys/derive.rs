//! Derived keys of every kind: their bytes, their law, their twins, and how they read.
//!
//! Without the prelude, so that the generated code can count on nothing.
#![no_implicit_prelude]

use ::std::borrow::ToOwned;
use ::std::clone::Clone;
use ::std::convert::Into;
use ::std::iter::Iterator;
use ::std::option::Option::{self, None, Some};
use ::std::string::{String, ToString};
use ::std::vec::Vec;
use ::std::{assert, assert_eq, assert_ne, format};
use ::typed_state::key::{KeyLookup, KeyRange, KeyReader, Within, decode_key, encode_key};
use ::typed_state::testing::{field_law, key_law, partition_law, prefix_law};
use ::typed_state::{Counter, Desc, KeyField, StateKey, TotalF64};

/// A struct with a partition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, StateKey)]
#[state(namespace = "orders", value = u64, ordered)]
struct OrderKey {
    #[state(partition)]
    tenant: String,
    #[state(partition)]
    region: Region,
    placed: Desc<u32>,
    id: i64,
}

/// A tuple struct without a partition and without order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "sessions", value = String)]
struct SessionKey([u8; 4], Option<Vec<u8>>);

/// A key of one unnamed field has a twin of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "names", value = Counter)]
struct NameKey(#[state(partition)] String);

/// There is one key, and it has no bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "config", value = String)]
struct ConfigKey;

/// Tags by attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
enum Region {
    #[state(tag = 1)]
    Eu,
    #[state(tag = 7)]
    Us,
}

/// Tags by discriminant, which the derived order follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
enum Level {
    High = 255,
    Low = 0,
    Middle = 128,
}

/// Data in variants of each style.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "events", value = u8, ordered)]
enum EventKey {
    #[state(tag = 0)]
    Idle,
    #[state(tag = 2)]
    Payment { account: String, number: u64 },
    #[state(tag = 3)]
    Refund(Region, Desc<String>),
    #[state(tag = 200)]
    Empty {},
}

/// A key that is an enum without data is its own twin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, StateKey)]
#[state(namespace = "flags", value = bool)]
enum FlagKey {
    #[state(tag = 1)]
    Dark,
    #[state(tag = 2)]
    Beta,
}

/// Borrowed as `&str`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, KeyField)]
struct TenantName(String);

/// A part with a twin; its fields stand in the key one after another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, KeyField)]
struct Place {
    name: TenantName,
    height: TotalF64,
}

/// Parts within parts, and a whole key as a part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "nested", value = u8)]
struct NestedKey {
    #[state(partition)]
    order: OrderKey,
    level: Level,
    place: Option<Place>,
    event: Desc<EventKey>,
}

/// Type and constant parameters, with a default, an inline bound and a `where`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "pairs", value = u8, ordered)]
struct Pair<T, S: ::std::marker::Copy = u8, const N: usize = 2>
where
    T: ::std::cmp::Ord,
{
    #[state(partition)]
    left: T,
    right: Option<S>,
    hash: [u8; N],
}

/// A generic enum and a generic newtype.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, KeyField)]
enum Either<A, B> {
    #[state(tag = 1)]
    Left(A),
    #[state(tag = 2)]
    Right { value: B },
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, KeyField)]
struct Wrapped<T>(T);

/// The bounds are given where they cannot be inferred: the parameter is in no field's type.
trait Named: ::std::marker::Send + ::std::marker::Sync + 'static {
    type Name: KeyField + ::std::cmp::Ord + ::std::fmt::Debug;
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Shop;

impl Named for Shop {
    type Name = String;
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, KeyField)]
#[state(bound = "T: Named + ::std::clone::Clone")]
struct NameOf<T: Named>(T::Name);

/// Raw identifiers, and names that generated code could trip over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "names.of_all-kinds.2", value = u8, ordered)]
struct r#Type {
    r#fn: String,
    r#match: u8,
    writer: u8,
    reader: u8,
    f: u8,
    borrowed: u8,
    sampler: u8,
    value: u8,
    value_other: u8,
    other_value: u8,
    new: u8,
    __state: u8,
}

/// Types that are called as those of the standard library and of the generated code are.
mod shadowing {
    use ::typed_state::StateKey;

    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, ::typed_state::KeyField)]
    pub(super) struct Option(pub(super) ::std::string::String);

    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::typed_state::KeyField)]
    pub(super) enum Result {
        #[state(tag = 1)]
        Ok,
        #[state(tag = 2)]
        Err,
    }

    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, ::typed_state::KeyField)]
    pub(super) struct Start {
        pub(super) some: Option,
    }

    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
    #[state(namespace = "shadowing", value = u8)]
    pub(super) struct Key {
        #[state(partition)]
        pub(super) option: Option,
        pub(super) result: Result,
        pub(super) start: Start,
    }

    #[expect(dead_code, reason = "they are there to be mistaken")]
    mod core {
        pub(super) struct Formatter;
    }
}

fn order() -> OrderKey {
    OrderKey {
        tenant: "ac\0me".to_owned(),
        region: Region::Us,
        placed: Desc(1),
        id: -2,
    }
}

fn fields<K: KeyField>(key: &K) -> Vec<u8> {
    let mut writer = ::typed_state::key::KeyWriter::for_namespace("x");
    K::encode_field(key.as_key_ref(), &mut writer);
    writer.as_bytes().iter().skip(2).copied().collect()
}

fn key_bytes<Q: KeyLookup>(key: &Q) -> (Vec<u8>, Vec<u8>) {
    let key = encode_key(key).unwrap();
    (key.as_bytes().to_vec(), key.partition().to_vec())
}

#[test]
fn the_law_holds_for_structs() {
    key_law::<OrderKey>();
    key_law::<SessionKey>();
    key_law::<NameKey>();
    key_law::<ConfigKey>();
    key_law::<r#Type>();
    key_law::<shadowing::Key>();
}

#[test]
fn the_law_holds_for_enums() {
    key_law::<EventKey>();
    key_law::<FlagKey>();
    field_law::<Region>();
    field_law::<Level>();
}

#[test]
fn the_law_holds_for_parts_and_what_they_are_in() {
    key_law::<NestedKey>();
    field_law::<TenantName>();
    field_law::<Place>();
}

#[test]
fn the_law_holds_for_generic_types() {
    key_law::<Pair<String, i8, 3>>();
    key_law::<Pair<Either<String, u8>>>();
    field_law::<Either<Wrapped<String>, Place>>();
    field_law::<NameOf<Shop>>();
}

#[test]
fn partitions_are_the_marked_fields() {
    partition_law::<OrderKey, _>(|key| (key.tenant.clone(), key.region));
    partition_law::<NameKey, _>(Clone::clone);
    partition_law::<NestedKey, _>(|key| key.order.clone());
    partition_law::<Pair<u8>, _>(|key| key.left);
    // Without any, each key is one of its own.
    partition_law::<SessionKey, _>(Clone::clone);
    partition_law::<EventKey, _>(Clone::clone);
    partition_law::<r#Type, _>(Clone::clone);
}

#[test]
fn a_struct_is_its_fields_in_order() {
    let (bytes, partition) = key_bytes(&order());
    let fields = b"ac\x00\xFFme\x00\x01\x07\xFF\xFF\xFF\xFE\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFE";
    assert_eq!(bytes, [&b"orders\0"[..], fields].concat());
    assert_eq!(partition, b"ac\x00\xFFme\x00\x01\x07");
    assert_eq!(key_bytes(&ConfigKey).0, b"config\0");
    assert_eq!(
        key_bytes(&SessionKey([1, 2, 3, 4], None)).0,
        b"sessions\0\x01\x02\x03\x04\x00"
    );
}

#[test]
fn a_variant_is_its_tag_and_its_fields() {
    for (key, expected) in [
        (EventKey::Idle, &b"\x00"[..]),
        (
            EventKey::Payment {
                account: "a".to_owned(),
                number: 5,
            },
            b"\x02a\x00\x01\x00\x00\x00\x00\x00\x00\x00\x05",
        ),
        (
            EventKey::Refund(Region::Eu, Desc("a".to_owned())),
            b"\x03\x01\x9E\xFF\xFE",
        ),
        (EventKey::Empty {}, b"\xC8"),
    ] {
        assert_eq!(fields(&key), expected, "{key:?}");
    }
    assert_eq!(fields(&Level::High), [255]);
    assert_eq!(fields(&Level::Low), [0]);
    assert_eq!(fields(&Region::Us), [7]);
}

#[test]
fn a_newtype_is_its_inner_field() {
    let name = TenantName("acme".to_owned());
    assert_eq!(name.as_key_ref(), "acme");
    assert_eq!(fields(&name), fields(&"acme".to_owned()));
    assert_eq!(TenantName::from_key_ref("acme"), name);
    assert_eq!(Wrapped(7_u8).as_key_ref(), 7);
}

#[test]
fn an_unknown_tag_is_an_error_that_lists_the_tags() {
    for (bytes, message) in [
        (
            &b"\x01"[..],
            "expected a tag of `EventKey`, 0, 2, 3 or 200 at byte 0 of the fields",
        ),
        (
            b"",
            "expected a tag of `EventKey`, 0, 2, 3 or 200 at byte 0 of the fields",
        ),
    ] {
        let error = EventKey::decode_field(&mut KeyReader::new(bytes)).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_twin_looks_up_as_its_key_does() {
    let twin = OrderKeyRef {
        tenant: "ac\0me",
        region: Region::Us,
        placed: Desc(1),
        id: -2,
    };
    assert_eq!(key_bytes(&twin), key_bytes(&order()));
    let order = order();
    assert_eq!(order.as_key_ref(), twin);
    assert_eq!(OrderKey::from_key_ref(twin), order);
    let bytes = encode_key(&twin).unwrap();
    assert_eq!(decode_key::<OrderKey>(&bytes).unwrap(), order);

    assert_eq!(
        key_bytes(&NameKeyRef("a")),
        key_bytes(&NameKey("a".to_owned()))
    );
    assert_eq!(key_bytes(&ConfigKeyRef), key_bytes(&ConfigKey));
    assert_eq!(
        key_bytes(&EventKeyRef::Payment {
            account: "a",
            number: 5
        })
        .0,
        b"events\0\x02a\x00\x01\x00\x00\x00\x00\x00\x00\x00\x05"
    );
    assert_eq!(key_bytes(&FlagKey::Beta).0, b"flags\0\x02");
    let pair = PairRef::<'_, Either<String, u8>, i8, 2> {
        left: EitherRef::Left("a"),
        right: Some(-1),
        hash: [1, 2],
    };
    assert_eq!(key_bytes(&pair).0, b"pairs\0\x01a\x00\x01\x01\x7F\x01\x02");
}

#[test]
fn a_twin_compares_and_shows_as_its_key_does() {
    let (one, two) = (
        EventKeyRef::Payment {
            account: "a",
            number: 5,
        },
        EventKeyRef::Payment {
            account: "a",
            number: 6,
        },
    );
    assert!(one < two && one != two && two < EventKeyRef::Empty {});
    assert_eq!(format!("{one:?}"), "Payment { account: \"a\", number: 5 }");
    assert_eq!(format!("{:?}", EventKeyRef::Idle), "Idle");
    assert_eq!(format!("{:?}", EitherRef::<'_, u8, u8>::Left(1)), "Left(1)");
    assert_eq!(
        format!("{:?}", order().as_key_ref()),
        "OrderKeyRef { tenant: \"ac\\0me\", region: Us, placed: Desc(1), id: -2 }"
    );
    let hash = |twin: EventKeyRef<'_>| {
        use ::std::hash::BuildHasher;
        ::std::hash::BuildHasherDefault::<::std::hash::DefaultHasher>::new().hash_one(twin)
    };
    assert_eq!(hash(one), hash(one));
    assert_ne!(hash(one), hash(two));
}

#[test]
fn a_key_reads_as_a_path() {
    let order = order();
    for (text, expected) in [
        (order.to_string(), "orders/ac\\u{0}me/Us/1/-2"),
        (ConfigKey.to_string(), "config"),
        (NameKey("a/b".to_owned()).to_string(), "names/a\\/b"),
        (EventKey::Idle.to_string(), "events/Idle"),
        (
            EventKey::Payment {
                account: "a".to_owned(),
                number: 5,
            }
            .to_string(),
            "events/Payment/a/5",
        ),
        (FlagKey::Dark.to_string(), "flags/Dark"),
    ] {
        assert_eq!(text, expected);
    }
}

#[test]
fn a_prefix_holds_just_its_keys() {
    prefix_law(
        |key: &OrderKey| -> KeyRange<_, Within> {
            let prefix = OrderKey::prefix().tenant(&key.tenant).region(key.region);
            prefix.placed(key.placed).into()
        },
        |key| (key.tenant.clone(), key.region, key.placed),
    );
    prefix_law(
        |key: &Pair<u8>| Pair::prefix().left(key.left).into(),
        |key| key.left,
    );
    prefix_law(
        |key: &r#Type| r#Type::prefix().r#fn(&key.r#fn).into(),
        |key| key.r#fn.clone(),
    );
}

#[test]
fn constants_describe_the_key() {
    assert_eq!(OrderKey::NAMESPACE, "orders");
    assert_eq!(
        OrderKey::LAYOUT,
        "orders 00 tenant:String region:Region placed:Desc<u32> id:i64"
    );
    assert_eq!(OrderKey::PARTITION_FIELDS, Some(2));
    assert_eq!((OrderKey::ORDERED, SessionKey::ORDERED), (true, false));
    assert_eq!(
        SessionKey::LAYOUT,
        "sessions 00 0:[u8; 4] 1:Option<Vec<u8>>"
    );
    assert_eq!(SessionKey::PARTITION_FIELDS, None);
    assert_eq!(ConfigKey::LAYOUT, "config 00");
    assert_eq!(
        EventKey::LAYOUT,
        "events 00 (00 Idle | 02 Payment account:String number:u64 | 03 Refund 0:Region 1:Desc<String> \
         | C8 Empty)"
    );
    assert_eq!(
        Pair::<u8>::LAYOUT,
        "pairs 00 left:T right:Option<S> hash:[u8; N]"
    );
}

#[test]
fn raw_identifiers_lose_their_mark() {
    assert_eq!(r#Type::LAYOUT.split(' ').nth(2), Some("fn:String"));
    let _ = TypeRef::clone;
}
