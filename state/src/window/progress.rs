use std::collections::BTreeMap;

use bytes::Bytes;

use super::bytes::{Reader, begin, put_bytes, put_i64, put_option, put_u64};
use crate::error::Result;

/// How far a shard has come, in one entry that every one of its commits changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) watermark: i64,
    /// Of each source.
    pub(super) positions: BTreeMap<String, Taken>,
    /// No event-time timer is earlier.
    pub(super) timer: Option<i64>,
    /// No processing-time timer is earlier.
    pub(super) alarm: Option<i64>,
    /// The number of the next entry of the outbox.
    pub(super) next: u64,
    /// Inputs, late ones among them.
    pub(super) events: u64,
    pub(super) late: u64,
    /// Windows that have told the result of their close.
    pub(super) closed: u64,
    /// Windows that are kept, where they do not expire; of sliding ones moments with inputs.
    pub(super) kept: u64,
}

/// How much of a source has been taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Taken {
    pub(super) position: u64,
    /// How many elements of that position; [`u64::MAX`] says all.
    pub(super) elements: u64,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            watermark: i64::MIN,
            positions: BTreeMap::new(),
            timer: None,
            alarm: None,
            next: 0,
            events: 0,
            late: 0,
            closed: 0,
            kept: 0,
        }
    }
}

impl Progress {
    /// Up to which position a source has been taken.
    pub(super) fn position(&self, source: &str) -> Option<u64> {
        let taken = self.positions.get(source)?;
        if taken.elements == u64::MAX {
            return Some(taken.position);
        }
        taken.position.checked_sub(1)
    }

    pub(super) fn encode(&self) -> Bytes {
        let mut out = begin();
        put_i64(&mut out, self.watermark);
        put_option(&mut out, self.timer, put_i64);
        put_option(&mut out, self.alarm, put_i64);
        for number in [self.next, self.events, self.late, self.closed, self.kept] {
            put_u64(&mut out, number);
        }
        put_u64(&mut out, self.positions.len() as u64);
        for (source, taken) in &self.positions {
            put_bytes(&mut out, source.as_bytes());
            put_u64(&mut out, taken.position);
            put_u64(&mut out, taken.elements);
        }
        out.into()
    }

    pub(super) fn decode(bytes: &Bytes) -> Result<Self> {
        let mut reader = Reader::begin("shard of windows", bytes)?;
        let progress = Self {
            watermark: reader.i64()?,
            timer: reader.option(Reader::i64)?,
            alarm: reader.option(Reader::i64)?,
            next: reader.u64()?,
            events: reader.u64()?,
            late: reader.u64()?,
            closed: reader.u64()?,
            kept: reader.u64()?,
            positions: reader
                .many(|reader| {
                    let source = reader.text()?;
                    let taken = Taken {
                        position: reader.u64()?,
                        elements: reader.u64()?,
                    };
                    Ok((source, taken))
                })?
                .into_iter()
                .collect(),
        };
        reader.end()?;
        Ok(progress)
    }
}
