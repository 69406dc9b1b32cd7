use std::fmt;

use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

/// `00` for `None`, `01` and the field for `Some`.
impl<T: KeyField> KeyField for Option<T> {
    type Ref<'a> = Option<T::Ref<'a>>;

    fn as_key_ref(&self) -> Self::Ref<'_> {
        self.as_ref().map(T::as_key_ref)
    }

    fn from_key_ref(borrowed: Self::Ref<'_>) -> Self {
        borrowed.map(T::from_key_ref)
    }

    fn encode_field(borrowed: Self::Ref<'_>, writer: &mut KeyWriter) {
        match borrowed {
            None => writer.write_byte(0),
            Some(field) => {
                writer.write_byte(1);
                T::encode_field(field, writer);
            }
        }
    }

    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        let at = reader.clone();
        match reader.read_byte("the tag of an Option")? {
            0 => Ok(None),
            1 => T::decode_field(reader).map(Some),
            _ => Err(at.error("the tag 00 or 01 of an Option")),
        }
    }

    fn fmt_field(borrowed: Self::Ref<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match borrowed {
            None => f.write_str("-"),
            Some(field) => T::fmt_field(field, f),
        }
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        (sampler.choose(4) > 0).then(|| T::sample_field(sampler))
    }
}

/// The elements, one after the other.
impl<T: KeyField, const N: usize> KeyField for [T; N] {
    type Ref<'a> = [T::Ref<'a>; N];

    fn as_key_ref(&self) -> Self::Ref<'_> {
        self.each_ref().map(T::as_key_ref)
    }

    fn from_key_ref(borrowed: Self::Ref<'_>) -> Self {
        borrowed.map(T::from_key_ref)
    }

    fn encode_field(borrowed: Self::Ref<'_>, writer: &mut KeyWriter) {
        for element in borrowed {
            T::encode_field(element, writer);
        }
    }

    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        let elements: Vec<T> = (0..N)
            .map(|_| T::decode_field(reader))
            .collect::<Result<_, _>>()?;
        elements
            .try_into()
            .map_err(|_| reader.error("as many elements as the array has"))
    }

    fn fmt_field(borrowed: Self::Ref<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, element) in borrowed.into_iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            T::fmt_field(element, f)?;
        }
        Ok(())
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        std::array::from_fn(|_| T::sample_field(sampler))
    }
}
