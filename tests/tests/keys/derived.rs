//! Derived keys keep the law, whatever they are made of, and keep their bytes.
#![allow(clippy::option_option, reason = "it is a kind of field too")]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use proptest::prelude::*;
use typed_state::key::{Sampler, decode_key, encode_key};
use typed_state::testing::{field_law, key_law, partition_law, prefix_law};
use typed_state::{Counter, Desc, KeyField, StateKey, TotalF32, TotalF64};
use uuid::Uuid;

use crate::bytes::{hex, lines};

const KEYS: &str = include_str!("../../fixtures/keys/keys.txt");

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "orders", value = u64, ordered)]
struct Order {
    #[state(partition)]
    tenant: String,
    id: u64,
    at: i64,
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "visits", value = Counter)]
struct Visits {
    page: String,
    day: NaiveDate,
}

#[derive(KeyField, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct UserId(Uuid);

#[derive(KeyField, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Point {
    x: i16,
    y: i16,
}

#[derive(KeyField, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Origin {
    #[state(tag = 0)]
    Unknown,
    #[state(tag = 1)]
    Number(i32),
    #[state(tag = 7)]
    Place { name: String, point: Option<Point> },
    #[state(tag = 255)]
    Both(Desc<String>, TotalF32),
}

/// The two leading fields make the partition; the first of variable length, the second with a tag.
#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "events.by-user", value = String, ordered)]
struct Event {
    #[state(partition)]
    site: Vec<u8>,
    #[state(partition)]
    user: Option<UserId>,
    at: Desc<DateTime<Utc>>,
    origin: Origin,
    note: String,
}

/// A key within a key.
#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "comments", value = String, ordered)]
struct Comment {
    #[state(partition)]
    order: Order,
    answers: Option<Desc<u32>>,
}

#[derive(KeyField, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Pair<A: KeyField, B: KeyField> {
    first: A,
    second: B,
}

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "kinds", value = u64, ordered)]
struct Kinds {
    #[state(partition)]
    lot: u8,
    integers: (i8, u16, i32, u64),
    wide: (i128, u128),
    flag: bool,
    letter: char,
    name: String,
    code: [u8; 3],
    names: [String; 2],
    tail: Vec<u8>,
    shared: Bytes,
    nickname: Option<String>,
    newest: Desc<u16>,
    last: Desc<String>,
    lasting: Duration,
    ratio: TotalF64,
    origin: Origin,
    pair: Pair<Option<String>, Desc<Vec<u8>>>,
    time: jiff::Timestamp,
    day: jiff::civil::Date,
    end: Option<Option<bool>>,
}

/// A key that is one of several things.
#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[state(namespace = "either", value = u64)]
enum Either {
    #[state(tag = 1)]
    Name(String),
    #[state(tag = 2)]
    Number { number: i64, more: String },
}

/// A key of whatever part.
#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[state(namespace = "parts", value = u64, ordered)]
struct PartKey<P: KeyField> {
    #[state(partition)]
    part: P,
    newest: Desc<u64>,
}

#[test]
fn keys_keep_the_law() {
    key_law::<PartKey<String>>();
    key_law::<PartKey<Option<Pair<Origin, Vec<u8>>>>>();
    key_law::<Order>();
    key_law::<Visits>();
    key_law::<Event>();
    key_law::<Comment>();
    key_law::<Kinds>();
    key_law::<Either>();
}

#[test]
fn parts_of_keys_keep_the_law() {
    field_law::<UserId>();
    field_law::<Point>();
    field_law::<Origin>();
    field_law::<Desc<Origin>>();
    field_law::<[Origin; 2]>();
    field_law::<Pair<String, Vec<u8>>>();
    field_law::<Pair<Origin, Pair<Desc<String>, i8>>>();
    field_law::<Option<Order>>();
    field_law::<Desc<Comment>>();
}

#[test]
fn partitions_are_made_of_the_fields_marked() {
    partition_law::<Order, _>(|key| key.tenant.clone());
    partition_law::<Visits, _>(Clone::clone);
    partition_law::<Event, _>(|key| (key.site.clone(), key.user.clone()));
    partition_law::<Comment, _>(|key| key.order.clone());
    partition_law::<Either, _>(Clone::clone);
    partition_law::<PartKey<Vec<u8>>, _>(|key| key.part.clone());
}

#[test]
fn prefixes_hold_the_keys_that_begin_with_their_fields() {
    prefix_law(|_: &Order| Order::prefix().into(), |_| ());
    prefix_law(
        |key: &Order| Order::prefix().tenant(&key.tenant).into(),
        |key| key.tenant.clone(),
    );
    prefix_law(
        |key: &Order| Order::prefix().tenant(&key.tenant).id(key.id).into(),
        |key| (key.tenant.clone(), key.id),
    );
    prefix_law(
        |key: &Order| {
            Order::prefix()
                .tenant(&key.tenant)
                .id(key.id)
                .at(key.at)
                .into()
        },
        Clone::clone,
    );
    prefix_law(
        |key: &Event| Event::prefix().site(&key.site).into(),
        |key| key.site.clone(),
    );
    prefix_law(
        |key: &Event| {
            Event::prefix()
                .site(&key.site)
                .user(key.user.as_key_ref())
                .into()
        },
        |key| (key.site.clone(), key.user.clone()),
    );
    prefix_law(
        |key: &Event| {
            Event::prefix()
                .site(&key.site)
                .user(key.user.as_key_ref())
                .at(key.at)
                .into()
        },
        |key| (key.site.clone(), key.user.clone(), key.at),
    );
    prefix_law(
        |key: &Comment| Comment::prefix().order(key.order.as_key_ref()).into(),
        |key| key.order.clone(),
    );
}

proptest! {
    #[test]
    fn a_twin_looks_up_the_key_it_borrows(seed in proptest::collection::vec(any::<u8>(), 0..64)) {
        let order = Order::sample_field(&mut Sampler::new(&seed));
        let twin = OrderRef { tenant: &order.tenant, id: order.id, at: order.at };
        let (key, by_twin) = (encode_key(&order).unwrap(), encode_key(&twin).unwrap());
        prop_assert_eq!(&key, &by_twin);
        prop_assert_eq!(key.partition(), by_twin.partition());
        prop_assert_eq!(key.is_indexed(), by_twin.is_indexed());

        let visits = Visits::sample_field(&mut Sampler::new(&seed));
        let twin = VisitsRef { page: &visits.page, day: visits.day };
        let (key, by_twin) = (encode_key(&visits).unwrap(), encode_key(&twin).unwrap());
        prop_assert_eq!(&key, &by_twin);
        prop_assert_eq!(key.partition(), by_twin.partition());

        let either = Either::sample_field(&mut Sampler::new(&seed));
        let twin = match &either {
            Either::Name(name) => EitherRef::Name(name),
            Either::Number { number, more } => EitherRef::Number { number: *number, more },
        };
        prop_assert_eq!(encode_key(&either).unwrap(), encode_key(&twin).unwrap());
    }
}

#[track_caller]
fn keeps<K: StateKey + PartialEq + Debug>(name: &str, bytes: Option<&Vec<u8>>, key: &K) {
    let encoded = encode_key(key).unwrap();
    let Some(bytes) = bytes else {
        panic!("add `{name} {}`", hex(encoded.as_bytes()));
    };
    assert_eq!(hex(encoded.as_bytes()), hex(bytes), "{name}");
    assert_eq!(&decode_key::<K>(&encoded).unwrap(), key);
}

#[test]
fn keys_are_read_and_written_as_released() {
    let fixture = lines(KEYS);
    let mut seen = BTreeSet::new();
    macro_rules! check {
        ($($name:literal $key:expr),* $(,)?) => {$(
            keeps($name, fixture.get($name), &$key);
            seen.insert($name);
        )*};
    }
    let order = Order {
        tenant: "acme".into(),
        id: 7,
        at: -42,
    };
    let event = |user, origin| Event {
        site: vec![b'a', 0],
        user,
        at: Desc(DateTime::from_timestamp(1_700_000_000, 0).unwrap()),
        origin,
        note: "n".into(),
    };
    let place = Origin::Place {
        name: "home".into(),
        point: Some(Point { x: -1, y: 1 }),
    };
    check!(
        "order" order.clone(),
        "visits" Visits { page: String::new(), day: NaiveDate::from_ymd_opt(2024, 2, 29).unwrap() },
        "event-unknown" event(None, Origin::Unknown),
        "event-number" event(Some(UserId(Uuid::from_u128(1))), Origin::Number(-1)),
        "event-place" event(None, place),
        "event-both" event(None, Origin::Both(Desc("b".into()), TotalF32(-0.0))),
        "comment" Comment { order: order.clone(), answers: None },
        "comment-answer" Comment { order, answers: Some(Desc(1)) },
        "either-name" Either::Name("a".into()),
        "either-number" Either::Number { number: 1, more: "m".into() },
    );
    assert_eq!(
        seen,
        fixture.keys().copied().collect(),
        "every line is checked"
    );
}
