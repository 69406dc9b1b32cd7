//! What stands in the upper store under a key.
//!
//! ```text
//! 01 00                                                  a reader's lease
//! 01 01                                                  a copy: there is no entry
//! 01 02 | given u64 | life u64 | revision u64 | value    a copy: the entry
//! 01 03 | name u64, left u64 | ...                       a mark: writers, one or more
//! ```
//! Times are milliseconds, integers big-endian; a life of zero is one without end. A mark was given as long as the longest of its
//! writers has left.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use smallvec::SmallVec;

use crate::backend::{Entry, Revision, Ttl};

const VERSION: u8 = 1;
const LEASE: u8 = 0;
const ABSENT: u8 = 1;
const ENTRY: u8 = 2;
const MARK: u8 = 3;
const ENTRY_HEADER: usize = 24;
const WRITER_LEN: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slot {
    /// A reader is asking the store.
    Lease,
    /// There is no entry in the store.
    Absent,
    /// What the store has.
    Copy(Copied),
    /// Writers are changing the entry.
    Mark(Mark),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copied {
    /// How long the copy was to live.
    pub(super) given: Ttl,
    /// How long the entry lived on from then at least; `None`: for ever.
    pub(super) life: Option<Ttl>,
    pub(super) revision: Revision,
    pub(super) value: Bytes,
}

/// Never without a writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark(SmallVec<[Writer; 1]>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Writer {
    name: u64,
    /// How long it may last, from when the mark was put.
    left: Ttl,
}

impl Slot {
    pub(super) fn encode(&self) -> Bytes {
        match self {
            Self::Lease => Bytes::from_static(&[VERSION, LEASE]),
            Self::Absent => Bytes::from_static(&[VERSION, ABSENT]),
            Self::Copy(copied) => copied.encode(),
            Self::Mark(mark) => mark.encode(),
        }
    }

    /// `None` where the bytes are no slot.
    pub(super) fn decode(mut bytes: Bytes) -> Option<Self> {
        if bytes.try_get_u8().ok()? != VERSION {
            return None;
        }
        match (bytes.try_get_u8().ok()?, bytes.is_empty()) {
            (LEASE, true) => Some(Self::Lease),
            (ABSENT, true) => Some(Self::Absent),
            (ENTRY, _) => Copied::decode(bytes).map(Self::Copy),
            (MARK, _) => Mark::decode(bytes).map(Self::Mark),
            _ => None,
        }
    }
}

impl Copied {
    /// The entry, of a copy that has `left` to live; where that was not asked for, without a time to live.
    pub(super) fn into_entry(self, left: Option<Ttl>) -> Entry {
        let age = left.map(|left| self.given.as_millis().saturating_sub(left.as_millis()));
        let ttl = self.life.zip(age).map(|(life, age)| {
            let left = life.as_millis().saturating_sub(age.max(0));
            Ttl::from_millis(left).unwrap_or(Ttl::MIN)
        });
        Entry {
            value: self.value,
            revision: self.revision,
            ttl,
        }
    }

    fn encode(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(2 + ENTRY_HEADER + self.value.len());
        bytes.put_slice(&[VERSION, ENTRY]);
        bytes.put_i64(self.given.as_millis());
        bytes.put_i64(self.life.map_or(0, Ttl::as_millis));
        bytes.put_u64(self.revision.to_bits());
        bytes.put_slice(&self.value);
        bytes.freeze()
    }

    fn decode(mut bytes: Bytes) -> Option<Self> {
        if bytes.len() < ENTRY_HEADER {
            return None;
        }
        let given = Ttl::from_millis(bytes.get_i64())?;
        let life = match bytes.get_i64() {
            0 => None,
            life => Some(Ttl::from_millis(life).filter(|life| *life >= given)?),
        };
        Some(Self {
            given,
            life,
            revision: Revision::from_bits(bytes.get_u64()),
            value: bytes,
        })
    }
}

impl Mark {
    /// Of one writer, who may last so long.
    pub(super) fn of(name: u64, left: Ttl) -> Self {
        Self(SmallVec::from_buf([Writer { name, left }]))
    }

    /// The same with the writers of a mark that has `left` to live, but for those whose time is over; and whether there are none.
    pub(super) fn joining(mut self, others: Self, left: Option<Ttl>) -> (Self, bool) {
        let Some(others) = others.aged(left) else {
            return (self, true);
        };
        self.0.extend(others.0);
        (self, false)
    }

    /// Whether this writer is among them.
    pub(super) fn names(&self, name: u64) -> bool {
        self.0.iter().any(|writer| writer.name == name)
    }

    /// The others, where there are any whose time is not over, of a mark that has `left` to live.
    pub(super) fn without(self, name: u64, left: Option<Ttl>) -> Option<Self> {
        let mut others = self.aged(left)?;
        others.0.retain(|writer| writer.name != name);
        (!others.0.is_empty()).then_some(others)
    }

    /// How long it is to live.
    pub(super) fn ttl(&self) -> Ttl {
        let longest = self.0.iter().map(|writer| writer.left).max();
        longest.unwrap_or(Ttl::MIN)
    }

    fn aged(mut self, left: Option<Ttl>) -> Option<Self> {
        let given = self.ttl().as_millis();
        let age = left.map_or(0, |left| given.saturating_sub(left.as_millis()));
        self.0.retain_mut(|writer| {
            let left = writer.left.as_millis().saturating_sub(age.max(0));
            writer.left = Ttl::from_millis(left).unwrap_or(Ttl::MIN);
            left > 0
        });
        (!self.0.is_empty()).then_some(self)
    }

    fn encode(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(2 + self.0.len() * WRITER_LEN);
        bytes.put_slice(&[VERSION, MARK]);
        for writer in &self.0 {
            bytes.put_u64(writer.name);
            bytes.put_i64(writer.left.as_millis());
        }
        bytes.freeze()
    }

    fn decode(mut bytes: Bytes) -> Option<Self> {
        if bytes.is_empty() || !bytes.len().is_multiple_of(WRITER_LEN) {
            return None;
        }
        let mut writers = SmallVec::with_capacity(bytes.len() / WRITER_LEN);
        while bytes.has_remaining() {
            let name = bytes.get_u64();
            let left = Ttl::from_millis(bytes.get_i64())?;
            writers.push(Writer { name, left });
        }
        Some(Self(writers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: i64) -> Ttl {
        Ttl::from_millis(millis).unwrap()
    }

    fn copied(life: Option<Ttl>) -> Copied {
        Copied {
            given: ms(60),
            life,
            revision: Revision::from_bits(7),
            value: Bytes::from_static(b"value"),
        }
    }

    #[test]
    fn what_is_encoded_is_decoded_and_nothing_shorter() {
        let (marks, alone) = Mark::of(1, ms(5)).joining(Mark::of(2, ms(9)), Some(ms(9)));
        assert!(!alone);
        let slots = [
            Slot::Lease,
            Slot::Absent,
            Slot::Copy(copied(None)),
            Slot::Copy(copied(Some(ms(60)))),
            Slot::Mark(Mark::of(u64::MAX, Ttl::MAX)),
            Slot::Mark(marks),
        ];
        for slot in slots {
            let bytes = slot.encode();
            assert_eq!(Slot::decode(bytes.clone()), Some(slot.clone()));
            for len in 0..bytes.len() {
                assert_ne!(Slot::decode(bytes.slice(..len)), Some(slot.clone()));
            }
        }
    }

    #[test]
    fn foreign_bytes_are_no_slot() {
        let mut lives_shorter = copied(Some(ms(60))).encode().to_vec();
        lives_shorter[17] = 59;
        let foreign: [&[u8]; 8] = [
            b"",
            b"\x01",
            b"\x02\x00",
            b"\x01\x04",
            b"\x01\x00\x00",
            b"\x01\x03",
            b"\x01\x03\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00",
            &lives_shorter,
        ];
        for bytes in foreign {
            assert_eq!(
                Slot::decode(Bytes::copy_from_slice(bytes)),
                None,
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn a_life_goes_on_while_the_copy_lies_there() {
        let entry = copied(Some(ms(100))).into_entry(Some(ms(40)));
        assert_eq!(entry.ttl, Some(ms(80)));
        assert_eq!(copied(Some(ms(100))).into_entry(None).ttl, None);
        assert_eq!(copied(None).into_entry(Some(ms(40))).ttl, None);
        assert_eq!(
            copied(Some(ms(100))).into_entry(Some(Ttl::MAX)).ttl,
            Some(ms(100))
        );
    }

    #[test]
    fn writers_whose_time_is_over_are_left_out() {
        let (mark, _) = Mark::of(1, ms(100)).joining(Mark::of(2, ms(1_000)), Some(ms(1_000)));
        assert_eq!(mark.ttl(), ms(1_000));
        let (later, _) = Mark::of(3, ms(50)).joining(mark.clone(), Some(ms(800)));
        assert!(later.names(2) && later.names(3) && !later.names(1));
        assert_eq!(later.ttl(), ms(800));
        let others = mark.clone().without(2, Some(ms(950))).unwrap();
        assert_eq!(others, Mark::of(1, ms(50)));
        assert_eq!(mark.clone().without(2, Some(ms(500))), None);
        let (alone, is_alone) = Mark::of(3, ms(50)).joining(mark, Some(Ttl::MIN));
        assert!(!is_alone && alone.names(2) && !alone.names(1));
    }
}
