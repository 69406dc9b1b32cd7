use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::id::CheckpointId;
use crate::error::{Error, ErrorKind, Result};

/// The first line of every manifest, and the version of what follows.
const MAGIC: &str = "typed-state checkpoint 1\n";
/// The second line: the BLAKE3 hash of all bytes after it.
const HASH: &str = "blake3 ";

/// What a checkpoint is made of. It is written last, so a checkpoint that has one is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Manifest {
    /// What it is called.
    pub id: CheckpointId,
    /// The newest checkpoint of the target when this one was begun; chunks of both are stored once.
    pub parent: Option<CheckpointId>,
    /// When the store was read, by its clock, in milliseconds since the Unix epoch.
    pub taken_at: i64,
    /// The name of the backend it was taken from.
    pub backend: String,
    /// What was read at one moment.
    pub coverage: Coverage,
    /// Whether the entries are in the order of their keys, none twice.
    pub in_order: bool,
    /// How many entries there are.
    pub entries: u64,
    /// How many bytes their keys and values have.
    pub bytes: u64,
    /// How many of them have metadata beside the value.
    pub metadata: u64,
    /// The namespaces, by their names.
    pub namespaces: BTreeMap<String, Namespace>,
    /// The chunks, in their order.
    pub chunks: Vec<ChunkRef>,
}

/// What a checkpoint shows of one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Coverage {
    /// The whole store at one moment.
    PointInTime,
    /// Each shard of windows at one moment, each other entry as it stood when it was read.
    PerShard,
}

/// The entries of a namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Namespace {
    /// How many there are.
    pub entries: u64,
    /// How many of them have which schema version; those whose bytes are no value of this library are under 0.
    pub versions: BTreeMap<u32, u64>,
}

/// A chunk that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChunkRef {
    /// The BLAKE3 hash of its stored bytes, in lower-case hexadecimal digits; its name is `chunks/` and this.
    pub hash: String,
    /// How many bytes are stored.
    pub stored: u64,
    /// How many bytes they are decompressed.
    pub decoded: u64,
    /// How many entries are in it.
    pub entries: u64,
}

impl Manifest {
    /// The folder that manifests are in.
    pub(super) const FOLDER: &'static str = "manifests";

    /// The name of the object of a checkpoint's manifest.
    pub(super) fn name(id: &CheckpointId) -> String {
        format!("{}/{id}", Self::FOLDER)
    }

    pub(super) fn encode(&self) -> Result<Bytes> {
        let json = serde_json::to_string_pretty(self);
        let mut body = json.map_err(|error| {
            Error::new(ErrorKind::Backend, "the manifest cannot be written").with_source(error)
        })?;
        body.push('\n');
        let hash = blake3::hash(body.as_bytes()).to_hex();
        Ok(format!("{MAGIC}{HASH}{hash}\n{body}").into())
    }

    /// Reads what was stored under the name of `id`.
    pub(super) fn decode(id: &CheckpointId, bytes: &[u8]) -> Result<Self> {
        let damaged = |what: &str| {
            Error::new(
                ErrorKind::Corrupt,
                format!("the manifest of the checkpoint `{id}` {what}"),
            )
        };
        let text = std::str::from_utf8(bytes).map_err(|_| damaged("is not text"))?;
        let Some(rest) = text.strip_prefix(MAGIC) else {
            return Err(damaged("does not begin as one of version 1 does"));
        };
        let parts = rest
            .strip_prefix(HASH)
            .and_then(|rest| rest.split_once('\n'));
        let Some((hash, body)) = parts else {
            return Err(damaged("has no checksum"));
        };
        if *hash != *blake3::hash(body.as_bytes()).to_hex() {
            return Err(damaged("is not what was written: its checksum differs"));
        }
        let manifest: Self = serde_json::from_str(body)
            .map_err(|error| damaged("cannot be read").with_source(error))?;
        if manifest.id != *id {
            return Err(damaged("is that of another one"));
        }
        let is_hash = |chunk: &ChunkRef| {
            let hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            chunk.hash.len() == 64 && chunk.hash.bytes().all(hex)
        };
        if !manifest.chunks.iter().all(is_hash) {
            return Err(damaged("names a chunk that cannot be"));
        }
        Ok(manifest)
    }
}
