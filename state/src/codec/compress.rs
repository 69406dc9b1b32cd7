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

/// Whether and when a payload is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
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
}
