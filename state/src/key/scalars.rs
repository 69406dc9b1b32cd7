use std::fmt;

use super::integers::copy_field;
use super::{KeyError, KeyField, KeyReader, KeyWriter, Sampler};

impl KeyField for bool {
    copy_field!();

    #[inline]
    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        writer.write_byte(u8::from(borrowed));
    }

    #[inline]
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        let at = reader.clone();
        match reader.read_byte("1 byte of a bool")? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(at.error("00 or 01 of a bool")),
        }
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        sampler.choose(2) == 1
    }
}

/// As a `u32`, whose order is that of `char`.
impl KeyField for char {
    copy_field!();

    fn encode_field(borrowed: Self, writer: &mut KeyWriter) {
        u32::encode_field(borrowed.into(), writer);
    }

    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError> {
        let at = reader.clone();
        let scalar = u32::from_be_bytes(reader.read_fixed("4 bytes of a char")?);
        Self::from_u32(scalar).ok_or(at.error("a Unicode scalar value"))
    }

    fn sample_field(sampler: &mut Sampler<'_>) -> Self {
        const EDGES: [char; 8] = [
            '\0',
            '\u{1}',
            'a',
            '/',
            '\u{7f}',
            'é',
            '\u{ffff}',
            char::MAX,
        ];
        EDGES
            .get(sampler.choose(16))
            .copied()
            .unwrap_or_else(|| char::from(sampler.byte()))
    }
}
