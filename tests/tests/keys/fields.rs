//! Every kind of field keeps the law of keys: order, inverse, twin, self-delimiting, canonical.

use std::num::NonZero;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use typed_state::testing::field_law;
use typed_state::{Desc, TotalF32, TotalF64};
use uuid::Uuid;

macro_rules! keep_the_law {
    ($($name:ident: $($field:ty),+;)*) => {$(
        #[test]
        fn $name() {
            $(field_law::<$field>();)+
        }
    )*};
}

keep_the_law! {
    unsigned_integers: u8, u16, u32, u64, u128;
    signed_integers: i8, i16, i32, i64, i128;
    integers_that_are_not_zero: NonZero<u8>, NonZero<u64>, NonZero<u128>, NonZero<i8>, NonZero<i64>, NonZero<i128>;
    bools: bool;
    chars: char;
    strings: String;
    byte_strings: Vec<u8>, Bytes;
    arrays: [u8; 16], [i16; 3], [String; 2], [Vec<u8>; 3], [[bool; 2]; 2], [u64; 0];
    options: Option<u64>, Option<String>, Option<Option<bool>>, Option<[u8; 0]>;
    tuples: (u8, i64), (String, Vec<u8>, bool), (Option<String>, Desc<u8>, String, char);
    descending: Desc<u64>, Desc<i8>, Desc<String>, Desc<Vec<u8>>, Desc<Option<String>>, Desc<(String, i16)>,
        Desc<[u8; 4]>, Desc<TotalF64>;
    descending_twice: Desc<Desc<String>>, Desc<Option<Desc<Vec<u8>>>>, Desc<(Desc<String>, String)>;
    floats: TotalF32, TotalF64;
    durations: Duration, Desc<Duration>;
    uuids: Uuid, Desc<Uuid>;
    times_of_chrono: NaiveDate, NaiveTime, NaiveDateTime, DateTime<Utc>, Desc<DateTime<Utc>>;
    times_of_jiff: jiff::civil::Date, jiff::civil::Time, jiff::civil::DateTime, jiff::Timestamp, Desc<jiff::Timestamp>;
}
