use std::fmt;

use super::Map;
use crate::key::{
    KeyError, KeyField, KeyLookup, KeyReader, KeyWriter, OrderedKey, Sampler, StateKey,
};
use crate::value::StateValue;

/// The key of one entry of a map: the map's key, then the field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MapKey<K, F> {
    /// The key of the map.
    pub key: K,
    /// The field within the map.
    pub field: F,
}

/// The borrowed twin of a [`MapKey`]; [`MapHandle::entry`](super::MapHandle::entry) makes it.
#[derive(Debug)]
pub struct MapEntry<'k, 'f, K, F: KeyField> {
    pub(super) key: &'k K,
    pub(super) field: F::Ref<'f>,
}

impl<K: KeyField, F: KeyField> KeyField for MapKey<K, F> {
    type Ref<'a> = (K::Ref<'a>, F::Ref<'a>);

    fn as_key_ref(&self) -> Self::Ref<'_> {
        (self.key.as_key_ref(), self.field.as_key_ref())
    }

    fn from_key_ref((key, field): Self::Ref<'_>) -> Self {
        Self {
            key: K::from_key_ref(key),
            field: F::from_key_ref(field),
        }
    }

    fn encode_field((key, field): Self::Ref<'_>, writer: &mut KeyWriter) {
        K::encode_field(key, writer);
        F::encode_field(field, writer);
    }

    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        Ok(Self {
            key: K::decode_field(reader)?,
            field: F::decode_field(reader)?,
        })
    }

    fn fmt_field((key, field): Self::Ref<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        K::fmt_field(key, f)?;
        f.write_str("/")?;
        F::fmt_field(field, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        Self {
            key: K::sample_field(sampler),
            field: F::sample_field(sampler),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<K, F, V> KeyLookup for MapKey<K, F>
where
    K: StateKey<Value = Map<F, V>>,
    F: KeyField,
    V: StateValue,
{
    type Key = Self;

    fn encode_fields(&self, writer: &mut KeyWriter) {
        self.key.encode_fields(writer);
        F::encode_field(self.field.as_key_ref(), writer);
    }
}

#[diagnostic::do_not_recommend]
impl<K, F, V> KeyLookup for MapEntry<'_, '_, K, F>
where
    K: StateKey<Value = Map<F, V>>,
    F: KeyField,
    V: StateValue,
{
    type Key = MapKey<K, F>;

    fn encode_fields(&self, writer: &mut KeyWriter) {
        self.key.encode_fields(writer);
        F::encode_field(self.field, writer);
    }
}

#[diagnostic::do_not_recommend]
impl<K, F, V> StateKey for MapKey<K, F>
where
    K: StateKey<Value = Map<F, V>>,
    F: KeyField,
    V: StateValue,
{
    const NAMESPACE: &'static str = K::NAMESPACE;
    const PARTITION_FIELDS: Option<usize> = K::PARTITION_FIELDS;
    const LAYOUT: &'static str = K::LAYOUT;
    const ORDERED: bool = true;
    type Value = V;
}

#[diagnostic::do_not_recommend]
impl<K, F, V> OrderedKey for MapKey<K, F>
where
    K: StateKey<Value = Map<F, V>>,
    F: KeyField,
    V: StateValue,
{
}

impl<K: fmt::Display, F: KeyField> fmt::Display for MapKey<K, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.key)?;
        F::fmt_field(self.field.as_key_ref(), f)
    }
}
