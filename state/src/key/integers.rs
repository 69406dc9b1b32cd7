use std::fmt;

use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

/// The fields that are their own borrowed form: everything but how they become bytes and back.
macro_rules! copy_field {
    () => {
        type Ref<'a> = Self;

        #[inline]
        fn as_key_ref(&self) -> Self {
            *self
        }

        #[inline]
        fn from_key_ref(borrowed: Self) -> Self {
            borrowed
        }

        fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Display::fmt(&borrowed, f)
        }
    };
}

pub(super) use copy_field;

/// Big-endian, so that bytes compare as numbers do; signed ones with the sign bit flipped.
macro_rules! integers {
    ($($integer:ident flips $sign:expr, $expected:literal;)*) => {$(
        impl KeyField for $integer {
            copy_field!();

            #[inline]
            fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
                writer.write_fixed(&(borrowed ^ $sign).to_be_bytes());
            }

            #[inline]
            fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
                Ok($integer::from_be_bytes(reader.read_fixed($expected)?) ^ $sign)
            }

            fn sample_field(sampler: &mut Sampler<'_>) -> Self {
                match sampler.choose(8) {
                    0 => Self::MIN,
                    1 => Self::MAX,
                    2 => 0,
                    3 => 1,
                    4 => !0,
                    5 => Self::from_be_bytes(sampler.array()) >> (Self::BITS / 2),
                    _ => Self::from_be_bytes(sampler.array()),
                }
            }
        }
    )*};
}

integers! {
    u8 flips 0, "1 byte of a u8";
    u16 flips 0, "2 bytes of a u16";
    u32 flips 0, "4 bytes of a u32";
    u64 flips 0, "8 bytes of a u64";
    u128 flips 0, "16 bytes of a u128";
    i8 flips Self::MIN, "1 byte of an i8";
    i16 flips Self::MIN, "2 bytes of an i16";
    i32 flips Self::MIN, "4 bytes of an i32";
    i64 flips Self::MIN, "8 bytes of an i64";
    i128 flips Self::MIN, "16 bytes of an i128";
}
