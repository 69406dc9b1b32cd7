use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeBounds;

use bytes::Bytes;

use super::{KeyField, KeyRange, KeyWriter, OrderedKey, Reach, StateKey};

/// How many leading fields of a key a prefix has fixed. The derive makes one such type a field.
pub trait PrefixStage: 'static {
    /// [`Within`](super::Within) once all partition fields are fixed.
    type Reach: Reach;

    /// Whether the partition's fields end exactly here.
    const ENDS_PARTITION: bool;
}

/// The stage with no field fixed, of a key type whose partition needs at least one.
#[derive(Debug, Clone, Copy)]
pub enum Start {}

impl PrefixStage for Start {
    type Reach = super::Across;
    const ENDS_PARTITION: bool = false;
}

/// Keys that agree in their leading fields; the derive wraps it in a builder with one method a field.
#[must_use = "a prefix reads nothing until a store is asked for it"]
pub struct Prefix<K, S> {
    writer: KeyWriter,
    stage: PhantomData<fn() -> (K, S)>,
}

impl<K: OrderedKey> Prefix<K, Start> {
    /// All keys of the type.
    pub fn new() -> Self {
        Self {
            writer: KeyWriter::for_namespace(K::NAMESPACE),
            stage: PhantomData,
        }
    }
}

impl<K: OrderedKey> Default for Prefix<K, Start> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: OrderedKey, S: PrefixStage> Prefix<K, S> {
    /// Fixes the next field, of type `F`.
    pub fn fix<F: KeyField, N: PrefixStage>(mut self, value: F::Ref<'_>) -> Prefix<K, N> {
        F::encode_field(value, &mut self.writer);
        if N::ENDS_PARTITION {
            self.writer.end_partition();
        }
        Prefix {
            writer: self.writer,
            stage: PhantomData,
        }
    }

    /// The keys whose next field, of type `F`, lies within `bounds`.
    pub fn range<'a, F: KeyField>(
        self,
        bounds: impl RangeBounds<F::Ref<'a>>,
    ) -> KeyRange<K, S::Reach> {
        KeyRange::between(
            &self.writer,
            bounds.start_bound(),
            bounds.end_bound(),
            |value, writer| {
                F::encode_field(*value, writer);
            },
        )
    }

    /// The keys whose next field, a string or bytes, begins with `start`.
    pub fn starts_with(mut self, start: impl AsRef<[u8]>) -> KeyRange<K, S::Reach> {
        self.writer.write_escaped_open(start.as_ref());
        KeyRange::of_prefix(&self.writer)
    }
}

/// A field whose beginning can be asked for: a string or bytes. The lifetime lets generated code ask it of any type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no beginning to ask for",
    label = "only strings and bytes can be asked for a beginning",
    note = "ask for a range of other fields: `.field_range(a..b)`"
)]
pub trait StringField<'any>: KeyField {}

impl StringField<'_> for String {}
impl StringField<'_> for Vec<u8> {}
impl StringField<'_> for Bytes {}

impl<K: StateKey, S: PrefixStage> From<Prefix<K, S>> for KeyRange<K, S::Reach> {
    fn from(prefix: Prefix<K, S>) -> Self {
        Self::of_prefix(&prefix.writer)
    }
}

impl<K: StateKey, S> fmt::Debug for Prefix<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prefix")
            .field("namespace", &K::NAMESPACE)
            .field("bytes", &self.writer.as_bytes())
            .finish()
    }
}
