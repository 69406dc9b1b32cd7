use std::fmt;

use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

const NONE: u8 = 0;
const SOME: u8 = 1;

/// A tag: `00` for `None`, which sorts first, or `01` and the value.
impl<T: KeyField> KeyField for Option<T> {
    type Ref<'a> = Option<T::Ref<'a>>;

    #[inline]
    fn as_key_ref(&self) -> Self::Ref<'_> {
        self.as_ref().map(T::as_key_ref)
    }

    #[inline]
    fn from_key_ref(borrowed: Self::Ref<'_>) -> Self {
        borrowed.map(T::from_key_ref)
    }

    #[inline]
    fn encode_field(borrowed: Self::Ref<'_>, writer: &mut KeyWriter) {
        match borrowed {
            None => writer.write_byte(NONE),
            Some(value) => {
                writer.write_byte(SOME);
                T::encode_field(value, writer);
            }
        }
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        let error = reader.error("`00` or `01` of an option");
        match reader.read_byte("the tag of an option")? {
            NONE => Ok(None),
            SOME => T::decode_field(reader).map(Some),
            _ => Err(error),
        }
    }

    fn fmt_field(borrowed: Self::Ref<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match borrowed {
            None => f.write_str("None"),
            Some(value) => {
                f.write_str("Some(")?;
                T::fmt_field(value, f)?;
                f.write_str(")")
            }
        }
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        (sampler.choose(4) > 0).then(|| T::sample_field(sampler))
    }
}
