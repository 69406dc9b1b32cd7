use std::fmt;

use super::copied::copied_ref;
use super::text::fmt_text;
use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

/// One byte: `00` for false, `01` for true.
impl KeyField for bool {
    copied_ref!();

    #[inline]
    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        writer.write_byte(u8::from(borrowed));
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        let error = reader.error("`00` or `01` of a bool");
        match reader.read_byte("the byte of a bool")? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(error),
        }
    }

    fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&borrowed, f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        sampler.choose(2) == 1
    }
}

/// The code point as a `u32`.
impl KeyField for char {
    copied_ref!();

    #[inline]
    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        u32::encode_field(u32::from(borrowed), writer);
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        let error = reader.error("a code point");
        Self::from_u32(u32::decode_field(reader)?).ok_or(error)
    }

    fn fmt_field(borrowed: Self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_text(borrowed.encode_utf8(&mut [0; 4]), f)
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        sampler.char()
    }
}
