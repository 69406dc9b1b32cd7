use std::time::Duration;

use proptest::prelude::*;

use super::super::percent::{self, Encoded};
use super::super::{duration, number};

#[test]
fn durations_are_a_whole_number_and_a_unit() {
    let read = [
        ("250ms", 250),
        ("3s", 3_000),
        ("5m", 300_000),
        ("1h", 3_600_000),
        ("0ms", 0),
        ("18446744073709551615ms", u64::MAX),
    ];
    for (text, millis) in read {
        assert_eq!(
            duration::read(text),
            Some(Duration::from_millis(millis)),
            "{text}"
        );
    }
    let refused = [
        "",
        "3",
        "s",
        "ms",
        "-1s",
        "+1s",
        " 1s",
        "1s ",
        "1 s",
        "1.5s",
        "1S",
        "1d",
        "1us",
        "1ms1s",
        "1e3s",
        "18446744073709551616ms",
        "18446744073709551615h",
        "٣s",
    ];
    for text in refused {
        assert_eq!(duration::read(text), None, "{text}");
    }
}

#[test]
fn durations_are_shown_in_the_largest_exact_unit() {
    let shown = [
        (0, "0ms"),
        (1, "1ms"),
        (1_500, "1500ms"),
        (90_000, "90s"),
        (120_000, "2m"),
        (7_200_000, "2h"),
    ];
    for (millis, text) in shown {
        assert_eq!(duration::show(Duration::from_millis(millis)), text);
    }
    let odd = duration::show(Duration::from_micros(1_500));
    assert_eq!(odd, "1.5ms");
    assert_eq!(duration::read(&odd), None);
}

#[test]
fn numbers_are_digits_alone() {
    assert_eq!(number::read("0"), Some(0_u32));
    assert_eq!(number::read("4294967295"), Some(u32::MAX));
    for text in [
        "",
        "+1",
        "-1",
        " 1",
        "1 ",
        "1_000",
        "0x1",
        "4294967296",
        "1.0",
        "١",
    ] {
        assert_eq!(number::read::<u32>(text), None, "{text}");
    }
}

#[test]
fn broken_escapes_are_refused() {
    assert_eq!(percent::decode("a%20b+c%c3%A9").as_deref(), Some("a b+cé"));
    for text in ["%", "%2", "%zz", "%+1", "a%", "%ff", "%c3", "%%"] {
        assert_eq!(percent::decode(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn durations_come_back(millis: u64) {
        let duration = Duration::from_millis(millis);
        prop_assert_eq!(duration::read(&duration::show(duration)), Some(duration));
    }

    #[test]
    fn escapes_come_back_and_are_plain(text: String) {
        let encoded = Encoded(&text).to_string();
        prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)));
        prop_assert_eq!(percent::decode(&encoded), Some(text));
    }
}
