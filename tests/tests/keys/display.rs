//! Keys read well, stay on one line, and do not read as another.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, NaiveDate};
use typed_state::key::KeyField;
use typed_state::{Desc, TotalF64};
use uuid::Uuid;

struct Shown<'a, F>(&'a F);

impl<F: KeyField> fmt::Display for Shown<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        F::fmt_field(self.0.as_key_ref(), f)
    }
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "reads better where it is called"
)]
fn shown<F: KeyField>(field: F) -> String {
    Shown(&field).to_string()
}

#[test]
fn fields_are_shown_for_people() {
    assert_eq!(shown(-7_i64), "-7");
    assert_eq!(shown(true), "true");
    assert_eq!(shown("acme größe".to_owned()), "acme größe");
    assert_eq!(shown(vec![b'a', 0, 0xFF]), r"a\x00\xff");
    assert_eq!(shown([1_u8, 2]), "[1, 2]");
    assert_eq!(shown(Some(3_u8)), "Some(3)");
    assert_eq!(shown(None::<u8>), "None");
    assert_eq!(shown(("a".to_owned(), 1_u8, false)), "(a, 1, false)");
    assert_eq!(shown(Desc(5_u8)), "5");
    assert_eq!(shown(TotalF64(-0.0)), "-0.0");
    assert_eq!(shown(Duration::from_millis(1_500)), "1.5s");
    assert_eq!(shown(Uuid::nil()), "00000000-0000-0000-0000-000000000000");
    assert_eq!(
        shown(NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()),
        "2024-02-29"
    );
    assert_eq!(
        shown(DateTime::from_timestamp(0, 0).unwrap()),
        "1970-01-01T00:00:00Z"
    );
    assert_eq!(shown(jiff::Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00Z");
}

#[test]
fn slashes_and_control_characters_are_escaped() {
    assert_eq!(shown("a/b\\c\n\0".to_owned()), r"a\/b\\c\n\u{0}");
    assert_eq!(shown('/'), r"\/");
    assert_eq!(shown(b"a/b\\".to_vec()), r"a\/b\\");
}
