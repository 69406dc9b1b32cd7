//! A serializer over another, and a deserializer over another, that hold what formats alone do not.
//!
//! When writing: what would read back as something else, or not at all, is refused. When reading: hostile bytes cannot
//! nest until the stack ends, nor claim more elements than there are bytes. Both count the same way, so what was
//! written can be read.

mod de;
mod ser;

use std::cell::Cell;

pub(super) use self::de::deserialize;
pub(super) use self::ser::serialize;

/// The levels a value may nest: structs, tuples, sequences, maps, enum variants, and `Some`.
///
/// It is what `serde_json` reads, and at some KiB of stack each, what every thread has room for.
const MAX_DEPTH: u8 = 127;

const TOO_DEEP: &str = "it nests deeper than 127 levels";
const TOO_MANY: &str = "it claims more elements than it has bytes";
#[cfg(feature = "bincode")]
const NO_BYTES: &str =
    "it has a sequence of elements that take no bytes, which this format cannot bound";
const LOST_SOME: &str = "it has a `Some` of nothing, which this format reads back as `None`";
const NOT_FINITE: &str = "it has a number that is not finite, which this format cannot write";
const SKIPPED: &str = "it skips a field, and this format tells fields by their position";

/// What a format cannot do.
pub(super) trait Rules {
    /// `Some` of `None` and of `()` are written as `None` is.
    const NESTED_NONE_IS_LOST: bool;
    /// `Some` of a unit struct is written as `None` is.
    const UNIT_STRUCT_IS_NONE: bool;
    /// Numbers must be finite.
    const FINITE: bool;
    /// Fields have no names, and elements may take no bytes.
    const POSITIONAL: bool;
}

/// One pass over one value: what it has used up, and why it was stopped.
#[derive(Debug, Default)]
pub(super) struct Pass {
    /// Elements written, or elements that the bytes may still claim.
    elements: Cell<usize>,
    /// Why the pass was stopped, where not by the format.
    reason: Cell<Option<&'static str>>,
}

impl Pass {
    /// A pass over `bytes` bytes to read.
    pub(super) fn over(bytes: usize) -> Self {
        Self {
            elements: Cell::new(bytes),
            reason: Cell::new(None),
        }
    }

    /// Why it was stopped, where not by the format.
    pub(super) fn reason(&self) -> Option<&'static str> {
        self.reason.get()
    }

    /// Whether what was written into `bytes` bytes has a byte for every element.
    #[cfg(feature = "bincode")]
    pub(super) fn check_written(&self, bytes: usize) -> Result<(), &'static str> {
        if self.elements.get() > bytes {
            Err(NO_BYTES)
        } else {
            Ok(())
        }
    }

    fn add(&self, elements: usize) {
        self.elements
            .set(self.elements.get().saturating_add(elements));
    }

    fn claim(&self, elements: usize) -> Result<(), &'static str> {
        let left = self.elements.get().checked_sub(elements).ok_or(TOO_MANY)?;
        self.elements.set(left);
        Ok(())
    }

    #[cold]
    fn stop<E>(&self, reason: &'static str, error: impl FnOnce(&'static str) -> E) -> E {
        self.reason.set(Some(reason));
        error(reason)
    }
}
