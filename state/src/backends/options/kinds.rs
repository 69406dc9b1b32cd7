//! Kinds of options that many are of.

/// A number from a least to a most.
macro_rules! number {
    ($name:ident, $least:literal, $most:literal) => {
        $crate::backends::options::Row {
            name: stringify!($name),
            expects: concat!("a number from ", $least, " to ", $most),
            kind: $crate::backends::options::Kind::Number,
            set: |draft, text| {
                let read = $crate::backends::options::number::read(text);
                $crate::backends::options::checks::put(&mut draft.options.$name, read)
            },
            allowed: |options| ($least..=$most).contains(&options.$name),
            show: |options| Some(options.$name.to_string()),
            ..$crate::backends::options::Row::TEXT
        }
    };
}

/// A duration from a least to a most, both in words.
macro_rules! duration {
    ($name:ident, $least:literal, $most:literal) => {
        $crate::backends::options::Row {
            name: stringify!($name),
            expects: concat!("a duration from ", $least, " to ", $most, ", such as `3s`"),
            set: |draft, text| {
                let read = $crate::backends::options::duration::read(text);
                $crate::backends::options::checks::put(&mut draft.options.$name, read)
            },
            allowed: |options| {
                $crate::backends::options::duration::lies_in(options.$name, $least, $most)
            },
            show: |options| Some($crate::backends::options::duration::show(options.$name)),
            ..$crate::backends::options::Row::TEXT
        }
    };
}

pub(in crate::backends) use {duration, number};
