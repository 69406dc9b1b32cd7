use std::fmt;

use bytes::Bytes;

use super::Escaped;

/// How many bytes lie inline: most keys.
pub(crate) const INLINE_LEN: usize = 62;

/// The bytes of a key: short ones lie inline, those of a page share the page's buffer.
#[derive(Clone)]
pub struct KeyBytes(Repr);

#[derive(Clone)]
enum Repr {
    /// The first `len` of them.
    Inline {
        bytes: [u8; INLINE_LEN],
        len: u8,
    },
    Shared(Bytes),
}

impl KeyBytes {
    /// The first `len` of `bytes`; [`INLINE_LEN`] at the most.
    #[inline]
    pub(crate) fn inline(bytes: [u8; INLINE_LEN], len: usize) -> Self {
        let len = u8::try_from(len).unwrap_or(u8::MAX);
        Self(Repr::Inline { bytes, len })
    }

    /// The bytes.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { bytes, len } => bytes.get(..usize::from(*len)).unwrap_or(bytes),
            Repr::Shared(bytes) => bytes,
        }
    }
}

impl From<Bytes> for KeyBytes {
    fn from(bytes: Bytes) -> Self {
        Self(Repr::Shared(bytes))
    }
}

impl From<&[u8]> for KeyBytes {
    fn from(bytes: &[u8]) -> Self {
        let mut inline = [0; INLINE_LEN];
        match inline.get_mut(..bytes.len()) {
            Some(part) => {
                part.copy_from_slice(bytes);
                Self::inline(inline, bytes.len())
            }
            None => Self(Repr::Shared(Bytes::copy_from_slice(bytes))),
        }
    }
}

impl PartialEq for KeyBytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for KeyBytes {}

impl fmt::Debug for KeyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Escaped(self.as_slice()))
    }
}
