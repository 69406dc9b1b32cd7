//! The worked examples of `docs/format.md` are what the code writes and reads.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime};
use typed_state::key::{KeyReader, decode_key, encode_key};
use typed_state::{Desc, KeyField, StateKey, TotalF64};

use crate::bytes::{encoded, hex};

const FORMAT_MD: &str = include_str!("../../../docs/format.md");

/// What stands before the bytes of an example.
const NAME_WIDTH: usize = 33;

fn chapter() -> &'static str {
    let chapter = FORMAT_MD.split_once("## Keys\n").unwrap().1;
    chapter.split("\n## ").next().unwrap()
}

/// The examples of the chapter: what, and its bytes as they are printed.
fn documented() -> BTreeMap<String, String> {
    let blocks = chapter().split("```text\n").skip(1);
    blocks
        .flat_map(|block| block.split_once("```").unwrap().0.lines())
        .map(|line| {
            let name: String = line.chars().take(NAME_WIDTH).collect();
            (
                name.trim_end().to_owned(),
                line.chars().skip(NAME_WIDTH).collect(),
            )
        })
        .collect()
}

fn field<F: KeyField + PartialEq + Debug>(name: &str, field: &F) -> (String, String) {
    let bytes = encoded(field);
    assert_eq!(
        &F::decode_field(&mut KeyReader::new(&bytes)).unwrap(),
        field
    );
    (name.to_owned(), hex(&bytes))
}

fn key<K: StateKey + PartialEq + Debug>(name: &str, key: &K) -> (String, String) {
    let encoded = encode_key(key).unwrap();
    assert_eq!(&decode_key::<K>(&encoded).unwrap(), key);
    let (partition, rest) = encoded.as_bytes().split_at(encoded.partition_end());
    let bytes = format!("{} | {}", hex(partition), hex(rest));
    (name.to_owned(), bytes.trim_end().to_owned())
}

macro_rules! documented_types {
    ($($types:item)*) => {
        $($types)*

        #[test]
        fn the_types_of_the_examples_are_those_printed() {
            let printed = chapter().split_once("```rust\n").unwrap().1.split_once("```").unwrap().0;
            let words = |text: &str| text.split_whitespace().collect::<String>().replace(",}", "}");
            let here = concat!($(stringify!($types)),*);
            assert_eq!(words(printed), words(here));
        }
    };
}

documented_types! {
    #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    #[state(namespace = "orders", value = u64, ordered)]
    struct Order {
        #[state(partition)]
        tenant: String,
        id: u64,
        by: Buyer,
    }

    #[derive(KeyField, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    enum Buyer {
        #[state(tag = 0)]
        Guest,
        #[state(tag = 1)]
        Account { number: i16, name: String },
    }

    #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    #[state(namespace = "hits", value = u64)]
    struct Hits {
        page: u16,
    }
}

#[test]
fn the_examples_of_the_format_are_true() {
    let guest = Order {
        tenant: "acme".into(),
        id: 1,
        by: Buyer::Guest,
    };
    let account = Order {
        tenant: String::new(),
        id: 2,
        by: Buyer::Account {
            number: -1,
            name: "b".into(),
        },
    };
    let written = BTreeMap::from([
        field("7_u64", &7_u64),
        field("-42_i64", &-42_i64),
        field("true", &true),
        field("'a'", &'a'),
        field(r#""""#, &String::new()),
        field(r#""größe""#, &"größe".to_owned()),
        field(r#""a\0b""#, &"a\0b".to_owned()),
        field("[0_u8, 1, 255]", &[0_u8, 1, 255]),
        field(r#"["a", ""]"#, &["a".to_owned(), String::new()]),
        field("None::<String>", &None::<String>),
        field(r#"Some("a")"#, &Some("a".to_owned())),
        field(r#"("a", 1_u8)"#, &("a".to_owned(), 1_u8)),
        field("Desc(1_u16)", &Desc(1_u16)),
        field(r#"Desc("a\0b")"#, &Desc("a\0b".to_owned())),
        field("TotalF64(1.0)", &TotalF64(1.0)),
        field("TotalF64(-1.0)", &TotalF64(-1.0)),
        field("Duration 1.5 s", &Duration::from_millis(1_500)),
        field("1970-01-02", &NaiveDate::from_ymd_opt(1970, 1, 2).unwrap()),
        field("12:34:56", &NaiveTime::from_hms_opt(12, 34, 56).unwrap()),
        field("1970-01-01T00:00:00Z", &jiff::Timestamp::UNIX_EPOCH),
        field(
            "1969-12-31T23:59:59.5Z",
            &DateTime::from_timestamp(-1, 500_000_000).unwrap(),
        ),
        key("Order acme, 1, Guest", &guest),
        key(r#"Order "", 2, Account -1, b"#, &account),
        key("Hits 258", &Hits { page: 258 }),
    ]);
    assert_eq!(documented(), written);
}
