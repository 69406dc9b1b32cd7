use std::marker::PhantomData;

use bytes::Bytes;

use super::emission::TimeDomain;
use super::span::event_time;
use super::wrong_input;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::key::{KeyField, KeyWriter};

/// Elements of one source, in its order: inputs, watermarks, timers, each with the position where the source has it.
///
/// A position is what the source can be asked to go on after: the offset of a log, the number of a line. All elements of one
/// position go into one batch. How a stream is cut into batches changes nothing of what comes out.
///
/// ```
/// # use typed_state::Timestamp;
/// # use typed_state::window::Batch;
/// let mut batch = Batch::<String, u64>::of("clicks");
/// batch.input(1, "page".to_owned(), Timestamp::from_millis(1_000), 3)?;
/// batch.watermark(1, Timestamp::from_millis(500))?;
/// assert_eq!(batch.len(), 2);
/// # Ok::<(), typed_state::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Batch<K, I> {
    pub(super) source: String,
    pub(super) elements: Vec<Element<K, I>>,
    key: PhantomData<K>,
}

/// Something of a stream, in its place.
#[derive(Debug, Clone)]
pub(super) struct Element<K, I> {
    pub(super) position: u64,
    /// How many others of the position are before it.
    pub(super) ordinal: u64,
    pub(super) act: Act<K, I>,
}

#[derive(Debug, Clone)]
pub(super) enum Act<K, I> {
    Input {
        key: K,
        /// The same, encoded.
        bytes: Bytes,
        time: i64,
        input: I,
    },
    Watermark(i64),
    Timer {
        bytes: Bytes,
        time: i64,
        domain: TimeDomain,
        set: bool,
    },
}

impl<K: KeyField, I> Batch<K, I> {
    /// A batch of a source that has this name.
    pub fn of(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            elements: Vec::new(),
            key: PhantomData,
        }
    }

    /// An input of a key, and when it happened.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where the position is less than the one before, or the time is farther from
    /// the Unix epoch than 2^60 ms.
    pub fn input(&mut self, position: u64, key: K, time: Timestamp, input: I) -> Result<&mut Self> {
        let time = event_time(time)?;
        let bytes = encoded(&key);
        self.push(
            position,
            Act::Input {
                key,
                bytes,
                time,
                input,
            },
        )
    }

    /// From here on nothing up to and with this time is expected. One that is not later than those before changes nothing.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where the position is less than the one before.
    pub fn watermark(&mut self, position: u64, watermark: Timestamp) -> Result<&mut Self> {
        self.push(position, Act::Watermark(watermark.as_millis()))
    }

    /// Sets a timer of a key: when the clock that it follows reaches `time`, the outbox gets an
    /// [`Emission::Timer`](super::Emission::Timer). The same timer set again fires once.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn set_timer(
        &mut self,
        position: u64,
        key: &K,
        time: Timestamp,
        domain: TimeDomain,
    ) -> Result<&mut Self> {
        self.timer(position, key, time, domain, true)
    }

    /// Deletes a timer of a key; where there is none, nothing.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn delete_timer(
        &mut self,
        position: u64,
        key: &K,
        time: Timestamp,
        domain: TimeDomain,
    ) -> Result<&mut Self> {
        self.timer(position, key, time, domain, false)
    }

    /// How many elements it has.
    pub const fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    fn timer(
        &mut self,
        position: u64,
        key: &K,
        time: Timestamp,
        domain: TimeDomain,
        set: bool,
    ) -> Result<&mut Self> {
        let act = Act::Timer {
            bytes: encoded(key),
            time: event_time(time)?,
            domain,
            set,
        };
        self.push(position, act)
    }

    fn push(&mut self, position: u64, act: Act<K, I>) -> Result<&mut Self> {
        let ordinal = match self.elements.last() {
            Some(last) if last.position > position => {
                return Err(wrong_input(format!(
                    "position {position} of the source `{}` comes after {}; positions do not decrease",
                    self.source, last.position
                )));
            }
            Some(last) if last.position == position => last.ordinal + 1,
            _ => 0,
        };
        self.elements.push(Element {
            position,
            ordinal,
            act,
        });
        Ok(self)
    }
}

impl<K, I> Batch<K, I> {
    /// The inputs at these places, which are in order.
    pub(super) fn take(self, late: Vec<usize>) -> Vec<Late<K, I>> {
        let mut late = late.into_iter().peekable();
        let elements = self.elements.into_iter().enumerate();
        let taken = elements.filter_map(|(place, element)| {
            late.next_if_eq(&place)?;
            match element.act {
                Act::Input {
                    key, time, input, ..
                } => Some(Late {
                    position: element.position,
                    key,
                    time: Timestamp::from_millis(time),
                    input,
                }),
                Act::Watermark(_) | Act::Timer { .. } => None,
            }
        });
        taken.collect()
    }
}

/// The bytes of a key.
pub(super) fn encoded<K: KeyField>(key: &K) -> Bytes {
    let mut writer = KeyWriter::new();
    K::encode_field(key.as_key_ref(), &mut writer);
    Bytes::copy_from_slice(writer.as_bytes())
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "late inputs are in no window: look at them, or drop them by intent"]
pub struct Applied<K, I> {
    /// The inputs all of whose windows were over, in their order. An input that is applied again after it had been is not
    /// among them.
    pub late: Vec<Late<K, I>>,
}

/// An input that came when all its windows were over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late<K, I> {
    /// Where its source has it.
    pub position: u64,
    /// Its key.
    pub key: K,
    /// When it happened.
    pub time: Timestamp,
    /// What it is.
    pub input: I,
}

impl<K, I> Element<K, I> {
    /// The watermark that it is.
    pub(super) const fn watermark(&self) -> Option<i64> {
        match self.act {
            Act::Watermark(watermark) => Some(watermark),
            Act::Input { .. } | Act::Timer { .. } => None,
        }
    }

    /// The key that it is of.
    pub(super) const fn user_key(&self) -> Option<&Bytes> {
        match &self.act {
            Act::Input { bytes, .. } | Act::Timer { bytes, .. } => Some(bytes),
            Act::Watermark(_) => None,
        }
    }
}
