//! The stored bytes of a chunk: one frame of Zstandard, named by its hash.

use std::io::Read as _;

use bytes::Bytes;

use super::chunk::{self, Rows};
use super::manifest::ChunkRef;
use crate::error::{Error, ErrorKind, Result};

/// The most bytes that a decoded chunk has.
pub(super) const MAX_DECODED: u64 = 1 << 30;

/// The folder that chunks are in.
pub(super) const FOLDER: &str = "chunks";

/// How much room is made for what claims to be large, before it is there.
const ROOM: u64 = 4 << 20;

/// A chunk, ready to be written.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) chunk: ChunkRef,
    pub(super) bytes: Bytes,
}

/// The name of the object of a chunk.
pub(super) fn name(hash: &str) -> String {
    format!("{FOLDER}/{hash}")
}

/// Compresses a decoded chunk of so many rows.
///
/// # Errors
/// [`ErrorKind::TooLarge`] past [`MAX_DECODED`]; [`ErrorKind::Backend`] where it cannot be compressed.
pub(super) fn seal(decoded: &[u8], entries: u64, level: i32) -> Result<Stored> {
    let len = decoded.len() as u64;
    if len > MAX_DECODED {
        let wrong = format!("an entry has {len} bytes, and a checkpoint takes {MAX_DECODED}");
        return Err(Error::new(ErrorKind::TooLarge, wrong));
    }
    let bytes = zstd::bulk::compress(decoded, level).map_err(|error| {
        Error::new(ErrorKind::Backend, "a chunk cannot be compressed").with_source(error)
    })?;
    let chunk = ChunkRef {
        hash: blake3::hash(&bytes).to_hex().to_string(),
        stored: bytes.len() as u64,
        decoded: len,
        entries,
    };
    Ok(Stored {
        chunk,
        bytes: bytes.into(),
    })
}

/// The rows of a chunk, whose bytes are checked before they are decompressed; each row is checked when it is read.
///
/// # Errors
/// [`ErrorKind::Corrupt`], which names the chunk.
pub(super) fn open(chunk: &ChunkRef, bytes: &[u8]) -> Result<Rows> {
    let wrong = |what: &str| damaged(chunk, what);
    if bytes.len() as u64 != chunk.stored || *blake3::hash(bytes).to_hex() != *chunk.hash {
        return Err(wrong("is not what was written: its checksum differs"));
    }
    if chunk.decoded > MAX_DECODED {
        return Err(wrong("claims to be larger than any is"));
    }
    let unreadable = |error| wrong("cannot be decompressed").with_source(error);
    let room = usize::try_from(chunk.decoded.min(ROOM)).unwrap_or(0);
    let decoded = if chunk.decoded <= ROOM {
        // At once into its place: what streams has a window beside it, as large again.
        zstd::bulk::decompress(bytes, room + 1).map_err(unreadable)?
    } else {
        let mut decoded = Vec::with_capacity(room);
        zstd::stream::read::Decoder::with_buffer(bytes)
            .map_err(unreadable)?
            .take(chunk.decoded + 1)
            .read_to_end(&mut decoded)
            .map_err(unreadable)?;
        decoded
    };
    if decoded.len() as u64 != chunk.decoded {
        return Err(wrong("has another length than its manifest says"));
    }
    chunk::decode(decoded.into()).map_err(|error| named(chunk, &error))
}

/// An error of a row, with the name of the chunk that it is in.
pub(super) fn named(chunk: &ChunkRef, error: &Error) -> Error {
    damaged(chunk, error.message())
}

/// Names the chunk that is damaged.
pub(super) fn damaged(chunk: &ChunkRef, what: &str) -> Error {
    let name = name(&chunk.hash);
    Error::new(ErrorKind::Corrupt, format!("the chunk `{name}` {what}"))
}
