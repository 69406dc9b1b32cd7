use std::fmt;

use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

/// The parts one after another.
macro_rules! tuple {
    ($($type:ident $value:ident),+) => {
        impl<$($type: KeyField),+> KeyField for ($($type,)+) {
            type Ref<'a> = ($($type::Ref<'a>,)+);

            #[inline]
            fn as_key_ref(&self) -> Self::Ref<'_> {
                let ($($value,)+) = self;
                ($($value.as_key_ref(),)+)
            }

            #[inline]
            fn from_key_ref(borrowed: Self::Ref<'_>) -> Self {
                let ($($value,)+) = borrowed;
                ($($type::from_key_ref($value),)+)
            }

            #[inline]
            fn encode_field(borrowed: Self::Ref<'_>, writer: &mut KeyWriter) {
                let ($($value,)+) = borrowed;
                $($type::encode_field($value, writer);)+
            }

            #[inline]
            fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
                Ok(($($type::decode_field(reader)?,)+))
            }

            fn fmt_field(borrowed: Self::Ref<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let ($($value,)+) = borrowed;
                let mut open = "(";
                $(
                    f.write_str(std::mem::replace(&mut open, ", "))?;
                    $type::fmt_field($value, f)?;
                )+
                f.write_str(")")
            }

            fn sample_field(sampler: &mut Sampler<'_>) -> Self {
                ($($type::sample_field(sampler),)+)
            }
        }
    };
}

tuple!(A a, B b);
tuple!(A a, B b, C c);
tuple!(A a, B b, C c, D d);
