//! Where things lie: the names of Redis keys.
//!
//! ```text
//! <prefix>{<tag>}<key bytes>                              an entry
//! <prefix>{<tag>} 00 i <namespace> 00 <partition bytes>   the order index of a partition's keys of a namespace
//! <prefix>{<tag>} 00 x <namespace> 00 <partition bytes>   when those of them expire that do
//! ```
//! The tag is four letters of the xxh3-64 of the partition bytes, so that all keys of a partition lie in one hash slot of
//! a Cluster, and partitions spread over all slots; more letters would tell no more, and cost in every key. No namespace begins with `00`, so entries and indexes have different names.

use bytes::{BufMut as _, Bytes, BytesMut};
use xxhash_rust::xxh3::xxh3_64;

use super::link::slot_of;
use crate::backend::Key;

/// How many letters a tag has.
const TAG_LEN: usize = 4;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const ORDER: u8 = b'i';
const EXPIRIES: u8 = b'x';

/// Names the keys of one store.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    prefix: Bytes,
}

/// Where a partition lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    tag: [u8; TAG_LEN],
}

/// The two sorted sets of a partition's keys of a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Index {
    /// The bytes of each key after its partition, all at score 0, so in the order of their bytes.
    pub(super) order: Bytes,
    /// Those that expire, at the moment of it in Unix milliseconds.
    pub(super) expiries: Bytes,
}

impl Place {
    pub(super) fn of(partition: &[u8]) -> Self {
        let mut rest = xxh3_64(partition);
        let tag = std::array::from_fn(|_| {
            let letter = ALPHABET.get((rest & 63) as usize);
            rest >>= 6;
            letter.copied().unwrap_or_default()
        });
        Self { tag }
    }

    pub(super) fn slot(self) -> u16 {
        slot_of(&self.tag)
    }
}

impl Layout {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            prefix: Bytes::copy_from_slice(prefix.as_bytes()),
        }
    }

    /// The name of an entry.
    pub(super) fn entry(&self, place: Place, key: &[u8]) -> Bytes {
        let mut name = self.begin(place, key.len());
        name.put_slice(key);
        name.freeze()
    }

    /// What the name of an entry is made of.
    pub(super) fn parts<'n>(&'n self, place: &'n Place, key: &'n [u8]) -> [&'n [u8]; 5] {
        [&self.prefix, b"{", &place.tag, b"}", key]
    }

    /// The index that a key belongs to, if its namespace has one.
    pub(super) fn index_of(&self, place: Place, key: &Key) -> Index {
        let partitioned = key.as_bytes().get(..key.partition_end());
        self.index(place, partitioned.unwrap_or_default())
    }

    /// The index of the keys that begin with these bytes: a namespace, its `00`, a partition.
    pub(super) fn index(&self, place: Place, partitioned: &[u8]) -> Index {
        let name = |kind| {
            let mut name = self.begin(place, partitioned.len() + 2);
            name.put_slice(&[0, kind]);
            name.put_slice(partitioned);
            name.freeze()
        };
        Index {
            order: name(ORDER),
            expiries: name(EXPIRIES),
        }
    }

    /// The order index that goes with the name of an index of expiries.
    pub(super) fn order_beside(&self, expiries: &[u8]) -> Option<(Place, Bytes)> {
        let (place, rest) = self.split(expiries)?;
        let partitioned = rest.strip_prefix(&[0, EXPIRIES])?;
        Some((place, self.index(place, partitioned).order))
    }

    /// What lies where, of the name of a Redis key; `None` where it is not one of ours.
    pub(super) fn split<'n>(&self, name: &'n [u8]) -> Option<(Place, &'n [u8])> {
        let rest = name.strip_prefix(&self.prefix[..])?.strip_prefix(b"{")?;
        let (tag, rest) = rest.split_first_chunk::<TAG_LEN>()?;
        Some((Place { tag: *tag }, rest.strip_prefix(b"}")?))
    }

    /// The glob pattern of the entries of a namespace, or of all.
    pub(super) fn entries(&self, namespace: Option<&str>) -> Vec<u8> {
        let mut pattern = self.anywhere();
        if let Some(namespace) = namespace {
            escape(namespace.as_bytes(), &mut pattern);
            pattern.push(0);
        } else {
            pattern.extend_from_slice(b"[^\0]");
        }
        pattern.push(b'*');
        pattern
    }

    /// The glob pattern of all indexes of expiries.
    pub(super) fn all_expiries(&self) -> Vec<u8> {
        let mut pattern = self.anywhere();
        pattern.extend_from_slice(&[0, EXPIRIES, b'*']);
        pattern
    }

    fn anywhere(&self) -> Vec<u8> {
        let mut pattern = Vec::with_capacity(64);
        escape(&self.prefix, &mut pattern);
        pattern.push(b'{');
        pattern.extend_from_slice(&[b'?'; TAG_LEN]);
        pattern.push(b'}');
        pattern
    }

    fn begin(&self, place: Place, more: usize) -> BytesMut {
        let mut name = BytesMut::with_capacity(self.prefix.len() + TAG_LEN + 2 + more);
        name.put_slice(&self.prefix);
        name.put_u8(b'{');
        name.put_slice(&place.tag);
        name.put_u8(b'}');
        name
    }
}

/// Adds bytes to a glob pattern that match themselves alone.
fn escape(bytes: &[u8], pattern: &mut Vec<u8>) {
    for &byte in bytes {
        if b"*?[]\\^-".contains(&byte) {
            pattern.push(b'\\');
        }
        pattern.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::{Layout, Place};
    use crate::backend::Key;

    /// The hash is part of the stored format: these never change.
    #[test]
    fn tags_are_xxh3_in_letters() {
        for (partition, tag, slot) in VECTORS {
            let place = Place::of(partition);
            assert_eq!(std::str::from_utf8(&place.tag).unwrap(), *tag);
            assert_eq!(place.slot(), *slot);
        }
    }

    const VECTORS: &[(&[u8], &str, u16)] = &[
        (b"", "CT50", 15_229),
        (b"acme\0\x01", "uRkh", 13_536),
        (b"\0\0\0\0\0\0\0\x07", "8rPt", 12_270),
    ];

    #[test]
    fn a_name_splits_into_what_it_was_made_of() {
        let layout = Layout::new("state:");
        let key = Key::new(&b"orders\0acme\0\x01\x07"[..], 12).unwrap();
        let place = Place::of(key.partition());
        let name = layout.entry(place, key.as_bytes());
        assert_eq!(layout.parts(&place, key.as_bytes()).concat(), name);
        assert_eq!(layout.split(&name), Some((place, key.as_bytes())));
        let index = layout.index_of(place, &key);
        let (beside, order) = layout.order_beside(&index.expiries).unwrap();
        assert_eq!((beside, order), (place, index.order));
        assert_eq!(layout.order_beside(&name), None);
        for foreign in [
            "",
            "state:",
            "state:{",
            "state:{four5}orders",
            "other:{aaaa}x",
        ] {
            assert_eq!(layout.split(foreign.as_bytes()), None, "{foreign}");
        }
    }

    #[test]
    fn patterns_match_literally() {
        let layout = Layout::new("a*b:");
        assert_eq!(layout.entries(Some("n[s]")), b"a\\*b:{????}n\\[s\\]\0*");
    }
}
