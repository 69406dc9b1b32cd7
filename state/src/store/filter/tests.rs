use std::collections::BTreeMap;

use super::Filter;
use super::field::MAX_PATH;
use super::tree::{MAX_DEPTH, MAX_TERMS};
use crate::backend::{Bound, JsonObject, Predicate};
use crate::error::ErrorKind;

fn wrong(filter: Filter) -> String {
    let error = filter.into_predicate().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    error.to_string()
}

fn is(number: usize) -> Filter {
    Filter::field("n").is(number)
}

#[test]
fn to_be_equal_is_to_contain() {
    let filter = Filter::field("a\"b").field("c").is("d\\");
    let wanted = JsonObject::new(r#"{"a\"b":{"c":"d\\"}}"#.to_owned()).unwrap();
    assert_eq!(
        filter.into_predicate().unwrap(),
        Predicate::Contains(wanted)
    );
}

#[test]
fn bounds_are_numbers_or_text() {
    let bound = |filter: Filter| match filter.into_predicate().unwrap() {
        Predicate::Compare { bound, .. } => bound,
        other => panic!("{other:?}"),
    };
    let number = |text: &str| Bound::Number(text.to_owned());
    assert_eq!(bound(Filter::field("a").above(7)), number("7"));
    assert_eq!(bound(Filter::field("a").below(-0.5)), number("-0.5"));
    let text = Bound::Text("ü\"\n".to_owned());
    assert_eq!(bound(Filter::field("a").at_least("ü\"\n")), text);
    for filter in [
        Filter::field("a").at_least(true),
        Filter::field("a").at_most(None::<u8>),
        Filter::field("a").above([1]),
    ] {
        assert!(wrong(filter).contains("a bound is a number or text"));
    }
    assert!(wrong(Filter::field("a").above(f64::NAN)).contains("JSON cannot express it"));
}

#[test]
fn alike_parts_lie_in_one_node() {
    let filter = is(1).and(is(2)).and(is(3).and(is(4))).and(!!is(5));
    let Filter(Ok(tree)) = filter else {
        panic!("it is a filter")
    };
    assert!(matches!(&tree.predicate, Predicate::All(parts) if parts.len() == 5));
    assert_eq!((tree.terms, tree.depth), (5, 2));
}

#[test]
fn a_filter_is_bounded() {
    let wide = |count| (1..count).map(is).fold(is(0), Filter::or);
    assert!(wide(MAX_TERMS).into_predicate().is_ok());
    assert!(wrong(wide(MAX_TERMS + 1)).contains("more than 64 comparisons"));
    let deep = |depth| {
        (1..depth).fold(is(0), |filter, level| match level % 2 {
            0 => filter.and(is(level)),
            _ => filter.or(is(level)),
        })
    };
    assert!(deep(MAX_DEPTH).into_predicate().is_ok());
    assert!(wrong(deep(MAX_DEPTH + 1)).contains("more than 16 deep"));
    let negated = (0..100_000).fold(is(0), |filter, _| !filter);
    assert!(negated.into_predicate().is_ok());
    let nested = |depth| (1..depth).fold(Filter::field("a"), |field, _| field.field("a"));
    assert!(nested(MAX_PATH).exists().into_predicate().is_ok());
    assert!(wrong(nested(MAX_PATH + 1).is(1)).contains("a field more than 16 deep"));
}

#[test]
fn what_cannot_be_searched_for_is_refused() {
    assert!(wrong(Filter::contains(&7)).contains("it is no object"));
    assert!(wrong(Filter::field("a").is([7])).contains("use `Filter::contains`"));
    for filter in [
        Filter::field("a").is("\0"),
        Filter::field("\0").is("a"),
        Filter::field("\0").exists(),
        Filter::field("a").above("x\0"),
        Filter::contains(&BTreeMap::from([("a", "\0")])),
    ] {
        assert!(wrong(filter).contains("U+0000"));
    }
    assert!(wrong(!(is(1).and(Filter::contains(&7))).or(is(2))).contains("it is no object"));
}

#[test]
fn debug_shows_no_value() {
    let filter = Filter::field("a")
        .is("hunter2")
        .or(Filter::field("b").above("hunter2"));
    assert!(!format!("{filter:?}").contains("hunter2"));
}
