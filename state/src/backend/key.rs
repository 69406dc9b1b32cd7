use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::KeyBytes;
use crate::error::{Error, ErrorKind, Result};

/// The longest key in bytes, namespace included. PostgreSQL's index rows set it.
pub const MAX_KEY_LEN: usize = 2_048;

/// The longest namespace in bytes.
pub const MAX_NAMESPACE_LEN: usize = 64;

/// A key as a backend sees it: `namespace 00 fields`, and where its partition ends.
///
/// Keys are equal and ordered by their bytes. The partition is the bytes between the namespace's end
/// and `partition_end`; keys of any namespaces whose partition bytes are equal share a partition.
#[derive(Clone)]
pub struct Key {
    bytes: KeyBytes,
    namespace_len: u16,
    partition_end: u16,
    indexed: bool,
}

impl Key {
    /// Checks and wraps the bytes of a key whose partition ends at `partition_end`.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] past [`MAX_KEY_LEN`]; [`ErrorKind::Corrupt`] where the namespace or
    /// the partition's end is not where a key has it.
    pub fn new(bytes: impl Into<KeyBytes>, partition_end: usize) -> Result<Self> {
        let bytes = bytes.into();
        let slice = bytes.as_slice();
        if slice.len() > MAX_KEY_LEN {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!(
                    "the key has {} bytes, and {MAX_KEY_LEN} is the limit; nothing was written",
                    slice.len()
                ),
            ));
        }
        let namespace_len = slice
            .iter()
            .take(MAX_NAMESPACE_LEN + 1)
            .position(|&byte| byte == 0);
        match (namespace_len, u16::try_from(partition_end)) {
            (Some(namespace_len), Ok(end))
                if namespace_len > 0
                    && partition_end > namespace_len
                    && partition_end <= slice.len() =>
            {
                let namespace_len = u16::try_from(namespace_len).unwrap_or(u16::MAX);
                Ok(Self {
                    bytes,
                    namespace_len,
                    partition_end: end,
                    indexed: false,
                })
            }
            _ => Err(Error::new(
                ErrorKind::Corrupt,
                format!(
                    "`{}` with its partition ending at byte {partition_end} is not a key: a namespace of 1 to \
                     {MAX_NAMESPACE_LEN} bytes, a zero byte, then the fields",
                    Escaped(slice)
                ),
            )),
        }
    }

    /// A key that a writer wrote: `namespace_len` bytes, a zero byte, the fields.
    #[inline]
    pub(crate) fn from_written(
        bytes: KeyBytes,
        namespace_len: usize,
        partition_end: usize,
    ) -> Result<Self> {
        let len = bytes.as_slice().len();
        let in_place = (1..=MAX_NAMESPACE_LEN).contains(&namespace_len)
            && (namespace_len + 1..=len).contains(&partition_end)
            && len <= MAX_KEY_LEN;
        match (
            in_place,
            u16::try_from(namespace_len),
            u16::try_from(partition_end),
        ) {
            (true, Ok(namespace_len), Ok(partition_end)) => Ok(Self {
                bytes,
                namespace_len,
                partition_end,
                indexed: false,
            }),
            _ => Self::new(bytes, partition_end),
        }
    }

    /// The same key, in a namespace whose ranges are read, or not: a backend that does not keep all keys in
    /// order ([`TotalOrder`](super::TotalOrder)) keeps an index of the first kind.
    #[must_use]
    #[inline]
    pub fn with_index(mut self, indexed: bool) -> Self {
        self.indexed = indexed;
        self
    }

    /// Whether ranges over its namespace are read.
    #[inline]
    pub fn is_indexed(&self) -> bool {
        self.indexed
    }

    /// All bytes: namespace, `00`, fields.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// The namespace's bytes.
    #[inline]
    pub fn namespace(&self) -> &[u8] {
        self.as_bytes()
            .get(..usize::from(self.namespace_len))
            .unwrap_or_default()
    }

    /// The bytes of the fields after the namespace.
    #[inline]
    pub fn fields(&self) -> &[u8] {
        self.as_bytes()
            .get(usize::from(self.namespace_len) + 1..)
            .unwrap_or_default()
    }

    /// The bytes that name the partition.
    #[inline]
    pub fn partition(&self) -> &[u8] {
        let start = usize::from(self.namespace_len) + 1;
        self.as_bytes()
            .get(start..self.partition_end())
            .unwrap_or_default()
    }

    /// Where the partition ends in [`as_bytes`](Self::as_bytes).
    #[inline]
    pub fn partition_end(&self) -> usize {
        usize::from(self.partition_end)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Display for Key {
    /// The namespace, a slash, and the fields with bytes that do not print as `\xNN`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}",
            Escaped(self.namespace()),
            Escaped(self.fields())
        )
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// Bytes for people: what prints as itself, the rest as `\xNN`.
pub(crate) struct Escaped<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &byte in self.0 {
            match byte {
                b'\\' => f.write_str("\\\\")?,
                b' '..=b'~' => write!(f, "{}", char::from(byte))?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        Ok(())
    }
}
