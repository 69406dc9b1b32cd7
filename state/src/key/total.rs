use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::copied::copied_ref;
use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

/// A float in the total order of IEEE 754: the bits, the sign bit flipped; of negative ones all bits.
macro_rules! total {
    ($(#[$doc:meta])* $name:ident, $float:ident, $bits:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default)]
        pub struct $name(pub $float);

        impl Ord for $name {
            #[inline]
            fn cmp(&self, other: &Self) -> Ordering {
                self.0.total_cmp(&other.0)
            }
        }

        impl PartialOrd for $name {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                self.0.to_bits() == other.0.to_bits()
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.to_bits().hash(state);
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$float> for $name {
            fn from(value: $float) -> Self {
                Self(value)
            }
        }

        impl $name {
            const SIGN: $bits = 1 << ($bits::BITS - 1);
        }

        impl KeyField for $name {
            copied_ref!();

            #[inline]
            fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
                let bits = borrowed.0.to_bits();
                let ordered = if borrowed.0.is_sign_negative() {
                    !bits
                } else {
                    bits ^ Self::SIGN
                };
                writer.write_fixed(&ordered.to_be_bytes());
            }

            #[inline]
            fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
                let ordered = $bits::from_be_bytes(reader.read_fixed($expected)?);
                let bits = if ordered & Self::SIGN == 0 {
                    !ordered
                } else {
                    ordered ^ Self::SIGN
                };
                Ok(Self($float::from_bits(bits)))
            }

            fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&borrowed.0, f)
            }

            fn sample_field(sampler: &mut Sampler<'_>) -> Self {
                Self(match sampler.choose(12) {
                    0 => 0.0,
                    1 => -0.0,
                    2 => 1.0,
                    3 => -1.0,
                    4 => $float::MAX,
                    5 => $float::MIN,
                    6 => $float::INFINITY,
                    7 => $float::NEG_INFINITY,
                    8 => $float::NAN,
                    9 => -$float::NAN,
                    10 => $float::MIN_POSITIVE,
                    _ => $float::from_bits($bits::from_be_bytes(sampler.array())),
                })
            }
        }
    };
}

total!(
    /// An `f64` in the total order of IEEE 754: −NaN, −∞, …, −0, +0, …, ∞, NaN.
    ///
    /// Equality is that of the bits, so `-0.0` and `0.0` are two keys, and a NaN finds itself again.
    TotalF64, f64, u64, "8 bytes of a TotalF64"
);
total!(
    /// An `f32` in the total order of IEEE 754: −NaN, −∞, …, −0, +0, …, ∞, NaN.
    ///
    /// Equality is that of the bits, so `-0.0` and `0.0` are two keys, and a NaN finds itself again.
    TotalF32, f32, u32, "4 bytes of a TotalF32"
);
