//! Ranges and string prefixes through a store, against a set of keys in memory.

use std::collections::BTreeSet;
use std::ops::{Bound, RangeBounds};

use proptest::collection::vec;
use proptest::prelude::*;
use typed_state::backends::Memory;
use typed_state::key::{Across, KeyField, KeyRange, Sampler};
use typed_state::{Desc, ErrorKind, StateKey, Store};

#[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[state(namespace = "labels", value = bool, ordered)]
struct Label {
    #[state(partition)]
    shelf: bool,
    name: String,
    bytes: Vec<u8>,
    newest: Desc<i8>,
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

fn drawn(seeds: &[Vec<u8>]) -> BTreeSet<Label> {
    seeds
        .iter()
        .map(|seed| Label::sample_field(&mut Sampler::new(seed)))
        .collect()
}

async fn filled(keys: &BTreeSet<Label>) -> Store<Memory> {
    let store = Store::new(Memory::new());
    for key in keys {
        store.put(key, &true).await.unwrap();
    }
    store
}

/// What the set holds between the bounds, in its order.
fn between(keys: &BTreeSet<Label>, holds: impl Fn(&Label) -> bool) -> Vec<Label> {
    keys.iter().filter(|key| holds(key)).cloned().collect()
}

/// Which ends are included, excluded or open.
fn bound<T>(kind: u8, end: T) -> Bound<T> {
    match kind % 3 {
        0 => Bound::Included(end),
        1 => Bound::Excluded(end),
        _ => Bound::Unbounded,
    }
}

fn turned<T: Ord>(bounds: &(Bound<T>, Bound<T>)) -> bool {
    match bounds {
        (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => a > b,
        _ => false,
    }
}

async fn expect(
    store: &Store<Memory>,
    range: KeyRange<Label, Across>,
    turned: bool,
    expected: Vec<Label>,
) {
    let found = store.range_across(range).keys().collect().await;
    match found {
        Err(error) => {
            assert!(turned, "{error}");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains("`labels`"), "{error}");
        }
        Ok(found) => {
            assert!(!turned);
            assert_eq!(found, expected);
        }
    }
}

fn seeds() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(0_u8..16, 0..12), 2..24)
}

proptest! {
    #[test]
    fn ranges_hold_what_lies_between_their_bounds(seeds in seeds(), kinds in any::<(u8, u8)>()) {
        run(async {
            let keys = drawn(&seeds);
            let store = filled(&keys).await;
            let [a, b] = [&seeds[0], &seeds[1]].map(|seed| Label::sample_field(&mut Sampler::new(seed)));

            let whole = (bound(kinds.0, a.clone()), bound(kinds.1, b.clone()));
            let expected = between(&keys, |key| whole.contains(key));
            let is_turned = turned(&whole);
            expect(&store, KeyRange::new(whole), is_turned, expected).await;

            let shelf = (bound(kinds.0, a.shelf), bound(kinds.1, b.shelf));
            let expected = between(&keys, |key| shelf.contains(&key.shelf));
            expect(&store, Label::prefix().shelf_range(shelf), turned(&shelf), expected).await;
        });
    }

    #[test]
    fn ranges_of_a_field_stay_in_their_partition(seeds in seeds(), kinds in any::<(u8, u8)>()) {
        run(async {
            let keys = drawn(&seeds);
            let store = filled(&keys).await;
            let [a, b] = [&seeds[0], &seeds[1]].map(|seed| Label::sample_field(&mut Sampler::new(seed)));

            let names = (bound(kinds.0, &a.name[..]), bound(kinds.1, &b.name[..]));
            let query = store.range(Label::prefix().shelf(a.shelf).name_range(names)).keys();
            match query.collect().await {
                Ok(found) => assert_eq!(found, between(&keys, |key| {
                    key.shelf == a.shelf && RangeBounds::<&str>::contains(&names, &&key.name[..])
                })),
                Err(error) => assert!(turned(&names) && error.kind() == ErrorKind::InvalidInput),
            }

            // A range over a descending field goes from the larger to the smaller.
            let newest = (bound(kinds.0, a.newest), bound(kinds.1, b.newest));
            let query = store
                .range(Label::prefix().shelf(a.shelf).name(&a.name).bytes(&a.bytes).newest_range(newest))
                .keys()
                .reverse();
            match query.collect().await {
                Ok(mut found) => {
                    found.reverse();
                    assert_eq!(found, between(&keys, |key| {
                        (key.shelf, &key.name, &key.bytes) == (a.shelf, &a.name, &a.bytes)
                            && newest.contains(&key.newest)
                    }));
                }
                Err(error) => assert!(turned(&newest) && error.kind() == ErrorKind::InvalidInput),
            }
        });
    }

    #[test]
    fn beginnings_hold_the_strings_that_have_them(seeds in seeds(), cut in any::<(usize, usize)>()) {
        run(async {
            let keys = drawn(&seeds);
            let store = filled(&keys).await;
            let Some(a) = keys.first() else { return };
            let ends: Vec<usize> = (0..=a.name.len()).filter(|&at| a.name.is_char_boundary(at)).collect();
            let name = &a.name[..ends[cut.0 % ends.len()]];
            let found = store.range(Label::prefix().shelf(a.shelf).name_starts_with(name)).keys();
            assert_eq!(found.collect().await.unwrap(), between(&keys, |key| {
                key.shelf == a.shelf && key.name.starts_with(name)
            }));

            let bytes = &a.bytes[..cut.1 % (a.bytes.len() + 1)];
            let prefix = Label::prefix().shelf(a.shelf).name(&a.name);
            let found = store.range(prefix.bytes_starts_with(bytes)).keys();
            assert_eq!(found.collect().await.unwrap(), between(&keys, |key| {
                key.shelf == a.shelf && key.name == a.name && key.bytes.starts_with(bytes)
            }));
        });
    }
}

#[test]
fn between_a_key_and_itself_lies_that_key_or_nothing() {
    run(async {
        let key = Label {
            shelf: true,
            name: "a".into(),
            bytes: vec![0xFF],
            newest: Desc(-1),
        };
        let store = filled(&BTreeSet::from([key.clone()])).await;
        let ends = [Bound::Included("a"), Bound::Excluded("a")];
        for (lower, upper) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let range = Label::prefix()
                .shelf(true)
                .name_range((ends[lower], ends[upper]));
            let found = store.range(range).keys().collect().await.unwrap();
            assert_eq!(
                found.len(),
                usize::from((lower, upper) == (0, 0)),
                "{lower} {upper}"
            );
        }
    });
}
