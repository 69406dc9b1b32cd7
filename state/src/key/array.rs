use std::fmt;

use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

/// The elements one after another, without a length: it stands in the type.
impl<T: KeyField, const N: usize> KeyField for [T; N] {
    type Ref<'a> = [T::Ref<'a>; N];

    #[inline]
    fn as_key_ref(&self) -> Self::Ref<'_> {
        self.each_ref().map(T::as_key_ref)
    }

    #[inline]
    fn from_key_ref(borrowed: Self::Ref<'_>) -> Self {
        borrowed.map(T::from_key_ref)
    }

    #[inline]
    fn encode_field(borrowed: Self::Ref<'_>, writer: &mut KeyWriter) {
        T::encode_array(borrowed, writer);
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        T::decode_array(reader)
    }

    fn fmt_field(borrowed: Self::Ref<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (index, element) in borrowed.into_iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            T::fmt_field(element, f)?;
        }
        f.write_str("]")
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        std::array::from_fn(|_| T::sample_field(sampler))
    }
}
