use std::fmt;

use super::List;
use crate::backend::Ttl;
use crate::codec::{CodecError, Compression, Format};
use crate::key::{
    KeyError, KeyField, KeyLookup, KeyReader, KeyWriter, OrderedKey, Sampler, StateKey,
};
use crate::value::StateValue;

/// The key of one item of a list: the list's key, then the item's index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListKey<K> {
    /// The key of the list.
    pub key: K,
    /// The index of the item; the first that was ever appended has 0.
    pub index: u64,
}

impl<K: KeyField> KeyField for ListKey<K> {
    type Ref<'a> = (K::Ref<'a>, u64);

    fn as_key_ref(&self) -> Self::Ref<'_> {
        (self.key.as_key_ref(), self.index)
    }

    fn from_key_ref((key, index): Self::Ref<'_>) -> Self {
        Self {
            key: K::from_key_ref(key),
            index,
        }
    }

    fn encode_field((key, index): Self::Ref<'_>, writer: &mut KeyWriter) {
        K::encode_field(key, writer);
        u64::encode_field(index, writer);
    }

    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        Ok(Self {
            key: K::decode_field(reader)?,
            index: u64::decode_field(reader)?,
        })
    }

    fn fmt_field((key, index): Self::Ref<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        K::fmt_field(key, f)?;
        write!(f, "/{index}")
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        Self {
            key: K::sample_field(sampler),
            index: u64::sample_field(sampler),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<K, T> KeyLookup for ListKey<K>
where
    K: StateKey<Value = List<T>>,
    T: StateValue,
{
    type Key = Self;

    fn encode_fields(&self, writer: &mut KeyWriter) {
        self.key.encode_fields(writer);
        u64::encode_field(self.index, writer);
    }
}

#[diagnostic::do_not_recommend]
impl<K, T> StateKey for ListKey<K>
where
    K: StateKey<Value = List<T>>,
    T: StateValue,
{
    const NAMESPACE: &'static str = K::NAMESPACE;
    const PARTITION_FIELDS: Option<usize> = K::PARTITION_FIELDS;
    const LAYOUT: &'static str = K::LAYOUT;
    const ORDERED: bool = true;
    type Value = T;
}

#[diagnostic::do_not_recommend]
impl<K, T> OrderedKey for ListKey<K>
where
    K: StateKey<Value = List<T>>,
    T: StateValue,
{
}

impl<K: fmt::Display> fmt::Display for ListKey<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.key, self.index)
    }
}

/// The key of a list's bounds: the list's own key, before all its items.
#[derive(Debug, Clone)]
pub(super) struct BoundsKey<K>(pub(super) K);

impl<K: KeyField> KeyField for BoundsKey<K> {
    type Ref<'a> = K::Ref<'a>;

    fn as_key_ref(&self) -> Self::Ref<'_> {
        self.0.as_key_ref()
    }

    fn from_key_ref(borrowed: Self::Ref<'_>) -> Self {
        Self(K::from_key_ref(borrowed))
    }

    fn encode_field(borrowed: Self::Ref<'_>, writer: &mut KeyWriter) {
        K::encode_field(borrowed, writer);
    }

    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        K::decode_field(reader).map(Self)
    }

    fn fmt_field(borrowed: Self::Ref<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        K::fmt_field(borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        Self(K::sample_field(sampler))
    }
}

#[diagnostic::do_not_recommend]
impl<K: StateKey> KeyLookup for BoundsKey<K> {
    type Key = Self;

    fn encode_fields(&self, writer: &mut KeyWriter) {
        self.0.encode_fields(writer);
    }
}

#[diagnostic::do_not_recommend]
impl<K: StateKey> StateKey for BoundsKey<K> {
    const NAMESPACE: &'static str = K::NAMESPACE;
    const PARTITION_FIELDS: Option<usize> = K::PARTITION_FIELDS;
    const LAYOUT: &'static str = K::LAYOUT;
    const ORDERED: bool = true;
    type Value = Bounds;
}

impl<K: fmt::Display> fmt::Display for BoundsKey<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a list begins and ends: the index of its first item and of the next to come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) first: u64,
    pub(super) next: u64,
}

impl StateValue for Bounds {
    const NAME: &'static str = "list-bounds";
    const VERSION: u32 = 1;
    const FORMAT: Format = Format::Raw;
    const COMPRESSION: Compression = Compression::None;
    const TTL: Option<Ttl> = None;
    const MAX_SIZE: Option<usize> = None;

    fn encode_payload(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.extend_from_slice(&self.first.to_be_bytes());
        out.extend_from_slice(&self.next.to_be_bytes());
        Ok(())
    }

    fn decode_payload(version: u32, format: Format, payload: &[u8]) -> Result<Self, CodecError> {
        if version != Self::VERSION {
            return Err(CodecError::Version {
                name: Self::NAME,
                stored: version,
                known: Self::VERSION,
            });
        }
        let halves = payload
            .split_first_chunk::<8>()
            .and_then(|(first, rest)| Some((*first, rest.try_into().ok()?)));
        match (format, halves) {
            (Format::Raw, Some((first, next))) => Ok(Self {
                first: u64::from_be_bytes(first),
                next: u64::from_be_bytes(next),
            }),
            _ => Err(CodecError::Payload(
                "the bounds of a list are 16 raw bytes".into(),
            )),
        }
    }
}
