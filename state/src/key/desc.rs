use std::cmp::Ordering;
use std::fmt;

use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

/// A field in descending order: all its bytes are inverted, and it compares the other way round.
///
/// ```
/// use typed_state::Desc;
/// assert!(Desc(2) < Desc(1));
/// ```
/// A range over such a field goes from the larger to the smaller: `Desc(9)..Desc(3)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Desc<T>(pub T);

impl<T: Ord> Ord for Desc<T> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.cmp(&self.0)
    }
}

impl<T: PartialOrd> PartialOrd for Desc<T> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        other.0.partial_cmp(&self.0)
    }
}

impl<T: fmt::Display> fmt::Display for Desc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: KeyField> KeyField for Desc<T> {
    type Ref<'a> = Desc<T::Ref<'a>>;

    #[inline]
    fn as_key_ref(&self) -> Self::Ref<'_> {
        Desc(self.0.as_key_ref())
    }

    #[inline]
    fn from_key_ref(borrowed: Self::Ref<'_>) -> Self {
        Self(T::from_key_ref(borrowed.0))
    }

    #[inline]
    fn encode_field(borrowed: Self::Ref<'_>, writer: &mut KeyWriter) {
        writer.write_inverted(|writer| T::encode_field(borrowed.0, writer));
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        reader.read_inverted(T::decode_field).map(Self)
    }

    fn fmt_field(borrowed: Self::Ref<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt_field(borrowed.0, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        Self(T::sample_field(sampler))
    }
}
