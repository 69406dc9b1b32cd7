//! Compressors behind one face: from a slice to the end of a buffer, and back into a buffer of known size.

#[cfg(feature = "lz4")]
mod lz4;
#[cfg(feature = "snappy")]
mod snappy;
#[cfg(feature = "zstd")]
mod zstd;

use super::CodecError;

/// A compression algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compressor {
    /// LZ4 block: fast.
    Lz4,
    /// Snappy raw: for those who have it elsewhere.
    Snappy,
    /// Zstandard level 1: small.
    Zstd,
}

impl Compressor {
    /// Its name, which is also the feature that compiles it in.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lz4 => "lz4",
            Self::Snappy => "snappy",
            Self::Zstd => "zstd",
        }
    }

    /// Whether this build can compress and decompress with it.
    pub const fn is_compiled_in(self) -> bool {
        match self {
            Self::Lz4 => cfg!(feature = "lz4"),
            Self::Snappy => cfg!(feature = "snappy"),
            Self::Zstd => cfg!(feature = "zstd"),
        }
    }

    pub(super) const fn bits(self) -> u8 {
        match self {
            Self::Lz4 => 1,
            Self::Snappy => 2,
            Self::Zstd => 3,
        }
    }

    /// The compressor of a number, and `Some(None)` for none.
    #[inline]
    #[allow(clippy::option_option, reason = "no compression is known too")]
    pub(super) const fn from_bits(bits: u8) -> Option<Option<Self>> {
        match bits {
            0 => Some(None),
            1 => Some(Some(Self::Lz4)),
            2 => Some(Some(Self::Snappy)),
            3 => Some(Some(Self::Zstd)),
            _ => None,
        }
    }

    /// Writes the compressed `payload` at the end of `out`; `false`, where it takes more than `room` bytes.
    #[cfg_attr(
        not(any(feature = "lz4", feature = "snappy", feature = "zstd")),
        allow(
            unused_variables,
            unreachable_code,
            reason = "without a compressor, all refuse"
        )
    )]
    pub(super) fn compress(
        self,
        payload: &[u8],
        room: usize,
        out: &mut Vec<u8>,
    ) -> Result<bool, CodecError> {
        let start = out.len();
        match self {
            #[cfg(feature = "lz4")]
            Self::Lz4 => lz4::compress(payload, out)?,
            #[cfg(feature = "snappy")]
            Self::Snappy => snappy::compress(payload, out)?,
            #[cfg(feature = "zstd")]
            Self::Zstd => zstd::compress(payload, out)?,
            #[allow(unreachable_patterns, reason = "with every feature on, none is left")]
            _ => return Err(CodecError::NotCompiledIn(self.name())),
        }
        let fits = out.len() - start <= room;
        // The buffer was made for the worst case, and the result is what a cache keeps.
        out.shrink_to_fit();
        Ok(fits)
    }

    /// The payload of exactly `decoded` bytes; the caller has checked that against its limit.
    #[cfg_attr(
        not(any(feature = "lz4", feature = "snappy", feature = "zstd")),
        allow(
            unused_variables,
            unreachable_code,
            reason = "without a compressor, all refuse"
        )
    )]
    pub(super) fn decompress(self, bytes: &[u8], decoded: usize) -> Result<Vec<u8>, CodecError> {
        let payload: Option<Vec<u8>> = match self {
            #[cfg(feature = "lz4")]
            Self::Lz4 => lz4::decompress(bytes, decoded),
            #[cfg(feature = "snappy")]
            Self::Snappy => snappy::decompress(bytes, decoded),
            #[cfg(feature = "zstd")]
            Self::Zstd => zstd::decompress(bytes, decoded),
            #[allow(unreachable_patterns, reason = "with every feature on, none is left")]
            _ => return Err(CodecError::NotCompiledIn(self.name())),
        };
        payload.ok_or_else(|| {
            CodecError::payload(format!("its {} compression is damaged", self.name()))
        })
    }
}

/// Whether and when a payload is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    /// As the store says, by [`StoreBuilder::compression`](crate::store::StoreBuilder::compression); where nothing says, never.
    Unset,
    /// Never.
    None,
    /// From `threshold` bytes of payload on; what does not shrink is stored raw.
    From {
        /// With what.
        compressor: Compressor,
        /// The smallest payload that is compressed, in bytes.
        threshold: usize,
    },
}

impl Compression {
    /// The threshold where a type does not name one: 1 KiB. Below 512 bytes nothing pays.
    pub const DEFAULT_THRESHOLD: usize = 1_024;

    /// This, or the other where it is unset.
    pub(crate) const fn or(self, other: Self) -> Self {
        match self {
            Self::Unset => other,
            set => set,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_compiled_in_is_an_error_that_names_it() {
        let payload = [7; 100];
        for compressor in [Compressor::Lz4, Compressor::Snappy, Compressor::Zstd] {
            let mut out = Vec::new();
            let written = compressor.compress(&payload, payload.len(), &mut out);
            let read = compressor.decompress(&out, payload.len());
            if compressor.is_compiled_in() {
                assert_eq!((written, read), (Ok(true), Ok(payload.to_vec())));
            } else {
                let refused = CodecError::NotCompiledIn(compressor.name());
                assert_eq!((written, read), (Err(refused.clone()), Err(refused)));
            }
        }
    }
}
