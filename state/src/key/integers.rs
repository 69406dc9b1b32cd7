use std::fmt;
use std::num::NonZero;

use super::copied::copied_ref;
use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

/// Big-endian, with the sign bit flipped where there is one: negative numbers sort first.
macro_rules! integer {
    ($type:ident, $expected:literal, $flip:expr $(, $hook:item)*) => {
        impl KeyField for $type {
            copied_ref!();

            #[inline]
            fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
                writer.write_fixed(&(borrowed ^ $flip).to_be_bytes());
            }

            #[inline]
            fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
                reader
                    .read_fixed($expected)
                    .map(|bytes| Self::from_be_bytes(bytes) ^ $flip)
            }

            fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&borrowed, f)
            }

            fn sample_field(sampler: &mut Sampler<'_>) -> Self {
                match sampler.choose(9) {
                    0 => 0,
                    1 => 1,
                    2 => Self::MAX,
                    3 => Self::MIN,
                    4 => !0,
                    5 => Self::MAX - 1,
                    6 => Self::MIN + 1,
                    7 => Self::from_be_bytes(sampler.array()) >> (Self::BITS / 2),
                    _ => Self::from_be_bytes(sampler.array()),
                }
            }

            $($hook)*
        }

        impl KeyField for NonZero<$type> {
            copied_ref!();

            #[inline]
            fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
                $type::encode_field(borrowed.get(), writer);
            }

            #[inline]
            fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
                let error = reader.error("an integer that is not zero");
                Self::new($type::decode_field(reader)?).ok_or(error)
            }

            fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&borrowed, f)
            }

            fn sample_field(sampler: &mut Sampler<'_>) -> Self {
                Self::new($type::sample_field(sampler)).unwrap_or(Self::MAX)
            }
        }
    };
}

integer!(
    u8,
    "1 byte of a u8",
    0,
    #[inline]
    fn encode_array<const N: usize>(borrowed: [Self; N], writer: &mut KeyWriter) {
        writer.write_fixed(&borrowed);
    },
    #[inline]
    fn decode_array<const N: usize>(reader: &mut KeyReader<'_>) -> Result<[Self; N], KeyError> {
        reader.read_fixed("the bytes of an array")
    }
);
integer!(u16, "2 bytes of a u16", 0);
integer!(u32, "4 bytes of a u32", 0);
integer!(u64, "8 bytes of a u64", 0);
integer!(u128, "16 bytes of a u128", 0);
integer!(i8, "1 byte of an i8", i8::MIN);
integer!(i16, "2 bytes of an i16", i16::MIN);
integer!(i32, "4 bytes of an i32", i32::MIN);
integer!(i64, "8 bytes of an i64", i64::MIN);
integer!(i128, "16 bytes of an i128", i128::MIN);
