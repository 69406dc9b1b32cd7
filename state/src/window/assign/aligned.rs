use std::time::Duration;

use super::super::rules::Rules;
use super::super::span::{Window, millis};
use super::super::wrong;
use super::{Assigner, Homes, Keeps};
use crate::error::Result;
use crate::primitive::Aggregate;
use crate::value::StateValue;

/// Windows of one size, one after the other: every input is in one.
///
/// A window begins at `time - (time - offset) mod size`, with the remainder of a floored division, so that times before 1970
/// are no exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tumbling(Aligned);

/// Windows of one size, of which one begins every so often: an input is in as many as overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hopping(Aligned);

/// In milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Aligned {
    size: i64,
    advance: i64,
    offset: i64,
}

/// The most windows that one input may be in.
const MOST: i64 = 10_000;

impl Tumbling {
    /// Windows of this size.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where the size is no whole number of milliseconds, or 0.
    pub fn of(size: Duration) -> Result<Self> {
        let size = millis("size", size, 1)?;
        Ok(Self(Aligned {
            size,
            advance: size,
            offset: 0,
        }))
    }

    /// Windows that begin so long after those without an offset.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where it is not less than the size.
    pub fn offset(self, offset: Duration) -> Result<Self> {
        self.0.offset("size", offset).map(Self)
    }
}

impl Hopping {
    /// Windows of this size, of which one begins every `advance`.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where one of them is no whole number of milliseconds, or 0, where `advance`
    /// is longer than `size` (inputs would fall between windows), or where an input would be in more than 10,000 windows.
    pub fn of(size: Duration, advance: Duration) -> Result<Self> {
        let size = millis("size", size, 1)?;
        let advance = millis("advance", advance, 1)?;
        if advance > size {
            return Err(wrong(format!(
                "`advance` is {advance} ms, longer than `size`, which is {size} ms: inputs would fall between windows"
            )));
        }
        if size / advance > MOST {
            return Err(wrong(format!(
                "windows of {size} ms every {advance} ms put each input into more than {MOST} windows"
            )));
        }
        Ok(Self(Aligned {
            size,
            advance,
            offset: 0,
        }))
    }

    /// Windows that begin so long after those without an offset.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where it is not less than `advance`.
    pub fn offset(self, offset: Duration) -> Result<Self> {
        self.0.offset("advance", offset).map(Self)
    }
}

impl Aligned {
    fn offset(self, limit: &str, offset: Duration) -> Result<Self> {
        let offset = millis("offset", offset, 0)?;
        if offset >= self.advance {
            return Err(wrong(format!(
                "`offset` is {offset} ms; it is less than `{limit}`, which is {} ms",
                self.advance
            )));
        }
        Ok(Self { offset, ..self })
    }

    /// The windows that `time` is in, the earliest first.
    fn homes(self, time: i64) -> Homes {
        let newest = time - (time - self.offset).rem_euclid(self.advance);
        let mut start = newest - (newest + self.size - 1 - time) / self.advance * self.advance;
        let mut homes = Homes::new();
        while start <= newest {
            homes.push(Window::new(start, start + self.size));
            start += self.advance;
        }
        homes
    }
}

macro_rules! aligned {
    ($type:ident, $describe:literal $(, $field:ident)+) => {
        impl Assigner for $type {
            fn describe(&self) -> String {
                format!($describe $(, $field = self.0.$field)+)
            }

            fn check(&self, _: &Rules) -> Result<()> {
                Ok(())
            }

            fn homes(&self, time: i64) -> Homes {
                self.0.homes(time)
            }
        }

        impl<A: Aggregate<Output: StateValue>> Keeps<A> for $type {}
    };
}

aligned!(
    Tumbling,
    "tumbling, size {size} ms, offset {offset} ms",
    size,
    offset
);
aligned!(
    Hopping,
    "hopping, size {size} ms, advance {advance} ms, offset {offset} ms",
    size,
    advance,
    offset
);
