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

/// A duration from a least to a most, both in words, or none.
macro_rules! duration_or_none {
    ($name:ident, $least:literal, $most:literal) => {
        $crate::backends::options::Row {
            name: stringify!($name),
            expects: concat!(
                "`none` or a duration from ",
                $least,
                " to ",
                $most,
                ", such as `30s`"
            ),
            set: |draft, text| {
                let read = $crate::backends::options::duration::read;
                $crate::backends::options::checks::put_or_none(&mut draft.options.$name, text, read)
            },
            allowed: |options| {
                let lies_in = |it| $crate::backends::options::duration::lies_in(it, $least, $most);
                options.$name.is_none_or(lies_in)
            },
            show: |options| {
                let shown = options.$name.map($crate::backends::options::duration::show);
                Some(shown.unwrap_or_else(|| "none".to_owned()))
            },
            ..$crate::backends::options::Row::TEXT
        }
    };
}

/// A number that may have a fraction, from a least to a most, both in words.
#[cfg(feature = "any")]
macro_rules! fraction {
    ($name:ident, $least:literal, $most:literal) => {
        $crate::backends::options::Row {
            name: stringify!($name),
            expects: concat!("a number from ", $least, " to ", $most, ", such as `0.5`"),
            kind: $crate::backends::options::Kind::Fraction,
            set: |draft, text| {
                let read = $crate::backends::options::number::read_fraction(text);
                $crate::backends::options::checks::put(&mut draft.options.$name, read)
            },
            allowed: |options| {
                let read = $crate::backends::options::number::read_fraction;
                let is_within = |least, most| (least..=most).contains(&options.$name);
                read($least)
                    .zip(read($most))
                    .is_some_and(|(least, most)| is_within(least, most))
            },
            show: |options| Some(options.$name.to_string()),
            ..$crate::backends::options::Row::TEXT
        }
    };
}

/// A time to live of at least a millisecond, or none.
macro_rules! ttl_or_none {
    ($name:ident) => {
        $crate::backends::options::Row {
            name: stringify!($name),
            expects: "`none` or a duration of 1ms or more, such as `1h`",
            set: |draft, text| {
                let read = |text: &str| {
                    $crate::backends::options::duration::read(text)?
                        .try_into()
                        .ok()
                };
                $crate::backends::options::checks::put_or_none(&mut draft.options.$name, text, read)
            },
            show: |options| {
                let ttl = options.$name?;
                Some($crate::backends::options::duration::show(ttl.as_duration()))
            },
            ..$crate::backends::options::Row::TEXT
        }
    };
}

/// `true` or `false`.
#[cfg(any(feature = "any", feature = "postgres"))]
macro_rules! flag {
    ($name:ident) => {
        $crate::backends::options::Row {
            name: stringify!($name),
            expects: "`true` or `false`",
            kind: $crate::backends::options::Kind::Flag,
            set: |draft, text| {
                let read = $crate::backends::options::checks::flag(text);
                $crate::backends::options::checks::put(&mut draft.options.$name, read)
            },
            show: |options| Some(options.$name.to_string()),
            ..$crate::backends::options::Row::TEXT
        }
    };
}

#[cfg(any(feature = "any", feature = "postgres"))]
pub(crate) use flag;
#[cfg(feature = "any")]
pub(crate) use fraction;
pub(crate) use {duration, duration_or_none, number, ttl_or_none};
