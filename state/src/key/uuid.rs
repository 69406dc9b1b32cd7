use std::fmt;

use uuid::Uuid;

use super::copied::copied_ref;
use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

/// The 16 bytes as they are.
impl KeyField for Uuid {
    copied_ref!();

    #[inline]
    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        writer.write_fixed(borrowed.as_bytes());
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        reader
            .read_fixed("16 bytes of a UUID")
            .map(Self::from_bytes)
    }

    fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        Self::from_u128(u128::sample_field(sampler))
    }
}
