use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::integers::copy_field;
use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

/// A float in IEEE 754's total order, in which equality, order and bytes agree: negative NaN, negative
/// infinity, the numbers with −0 before +0, infinity, NaN.
macro_rules! total_floats {
    ($($(#[$doc:meta])* $name:ident($float:ident), $bits:ident, $expected:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default)]
        pub struct $name(pub $float);

        impl $name {
            /// The bits in the order of the numbers: negative ones inverted, others with the sign bit set.
            const fn to_ordered(self) -> $bits {
                let bits = self.0.to_bits();
                if self.0.is_sign_negative() { !bits } else { bits | 1 << ($bits::BITS - 1) }
            }

            const fn from_ordered(ordered: $bits) -> Self {
                let sign = 1 << ($bits::BITS - 1);
                Self($float::from_bits(if ordered & sign == 0 { !ordered } else { ordered ^ sign }))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.0.total_cmp(&other.0)
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl PartialEq for $name {
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

        impl From<$float> for $name {
            fn from(float: $float) -> Self {
                Self(float)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl KeyField for $name {
            copy_field!();

            fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
                writer.write_fixed(&borrowed.to_ordered().to_be_bytes());
            }

            fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
                Ok(Self::from_ordered($bits::from_be_bytes(reader.read_fixed($expected)?)))
            }

            fn sample_field(sampler: &mut Sampler<'_>) -> Self {
                const EDGES: [$float; 8] = [
                    0.0, -0.0, 1.0, -1.0, $float::INFINITY, $float::NEG_INFINITY, $float::NAN, $float::MIN_POSITIVE,
                ];
                let edge = EDGES.get(sampler.choose(16)).copied();
                Self(edge.unwrap_or_else(|| $float::from_bits($bits::from_be_bytes(sampler.array()))))
            }
        }
    )*};
}

total_floats! {
    /// An `f32` in the total order of IEEE 754, which is the order of its bytes.
    TotalF32(f32), u32, "4 bytes of an f32";
    /// An `f64` in the total order of IEEE 754, which is the order of its bytes.
    TotalF64(f64), u64, "8 bytes of an f64";
}
