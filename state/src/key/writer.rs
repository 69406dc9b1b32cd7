use std::fmt;

use bytes::Bytes;

use crate::backend::{Escaped, INLINE_LEN, Key, KeyBytes};
use crate::error::Result;

/// The byte that ends a namespace, and the first of an escape.
pub(super) const ZERO: u8 = 0x00;
/// After `00`: the `00` was data.
pub(super) const ESCAPED: u8 = 0xFF;
/// After `00`: the string ends here.
pub(super) const END: u8 = 0x01;

/// Takes the bytes of a key; short keys never touch the heap.
#[derive(Clone)]
pub struct KeyWriter {
    /// The bytes while there are no more than fit.
    inline: [u8; INLINE_LEN],
    /// All bytes, once there are more.
    heap: Vec<u8>,
    len: usize,
    namespace_len: usize,
    partition_end: usize,
}

impl KeyWriter {
    /// A writer that has written nothing: to encode a field by itself.
    #[inline]
    pub const fn new() -> Self {
        Self {
            inline: [0; INLINE_LEN],
            heap: Vec::new(),
            len: 0,
            namespace_len: 0,
            partition_end: 0,
        }
    }

    /// A writer that has written `namespace 00`.
    #[inline]
    pub fn for_namespace(namespace: &str) -> Self {
        let mut writer = Self::new();
        writer.write_fixed(namespace.as_bytes());
        writer.write_byte(ZERO);
        writer.namespace_len = namespace.len();
        writer.end_partition();
        writer
    }

    /// Writes bytes as they are: for encodings of a fixed width.
    #[inline]
    pub fn write_fixed(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        match self.inline.get_mut(self.len..end) {
            Some(free) => {
                free.copy_from_slice(bytes);
                self.len = end;
            }
            None => self.write_to_heap(bytes),
        }
    }

    #[cold]
    fn write_to_heap(&mut self, bytes: &[u8]) {
        if self.heap.is_empty() {
            self.heap.reserve(2 * INLINE_LEN + bytes.len());
            self.heap.extend(self.inline.iter().take(self.len));
        }
        self.heap.extend_from_slice(bytes);
        self.len = self.heap.len();
    }

    /// Writes one byte.
    #[inline]
    pub fn write_byte(&mut self, byte: u8) {
        self.write_fixed(&[byte]);
    }

    /// Writes bytes of any length so that they delimit themselves and keep their order:
    /// `00` becomes `00 FF`, and `00 01` ends them.
    #[inline]
    pub fn write_escaped(&mut self, bytes: &[u8]) {
        self.write_escaped_open(bytes);
        self.write_fixed(&[ZERO, END]);
    }

    /// [`write_escaped`](Self::write_escaped) without the end: what all encodings of strings that begin so share.
    #[inline]
    pub fn write_escaped_open(&mut self, bytes: &[u8]) {
        if find_zero(bytes).is_none() {
            self.write_fixed(bytes);
        } else {
            self.write_with_zeroes(bytes);
        }
    }

    #[cold]
    fn write_with_zeroes(&mut self, bytes: &[u8]) {
        let mut parts = bytes.split(|&byte| byte == ZERO);
        if let Some(first) = parts.next() {
            self.write_fixed(first);
        }
        for part in parts {
            self.write_fixed(&[ZERO, ESCAPED]);
            self.write_fixed(part);
        }
    }

    /// Inverts what `write` writes, which turns the order around.
    #[inline]
    pub fn write_inverted(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.len;
        write(self);
        let written = match self.inline.get_mut(start..self.len) {
            Some(inline) => inline,
            None => self.heap.get_mut(start..).unwrap_or_default(),
        };
        for byte in written {
            *byte = !*byte;
        }
    }

    /// Marks the end of the partition's fields here.
    #[inline]
    pub fn end_partition(&mut self) {
        self.partition_end = self.len;
    }

    /// What has been written.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.inline.get(..self.len).unwrap_or(&self.heap)
    }

    /// Where the partition's fields end in [`as_bytes`](Self::as_bytes).
    #[inline]
    pub fn partition_end(&self) -> usize {
        self.partition_end
    }

    /// The key.
    ///
    /// # Errors
    /// [`TooLarge`](crate::ErrorKind::TooLarge) past [`MAX_KEY_LEN`](crate::backend::MAX_KEY_LEN).
    #[inline]
    pub fn finish(self) -> Result<Key> {
        let bytes = if self.len <= INLINE_LEN {
            KeyBytes::inline(self.inline, self.len)
        } else {
            KeyBytes::from(Bytes::from(self.heap))
        };
        Key::from_written(bytes, self.namespace_len, self.partition_end)
    }
}

impl Default for KeyWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for KeyWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyWriter({})", Escaped(self.as_bytes()))
    }
}

/// Where the first zero byte is: eight bytes at a time, for most strings in keys are a few dozen long.
#[inline]
pub(super) fn find_zero(bytes: &[u8]) -> Option<usize> {
    const LOW: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        // The lowest bit of this that is set stands in the first byte that is zero.
        let zeroes = word.wrapping_sub(LOW) & !word & HIGH;
        if zeroes != 0 {
            let byte = usize::try_from(zeroes.trailing_zeros() / 8).unwrap_or_default();
            return Some(index * 8 + byte);
        }
    }
    rest.iter()
        .position(|&byte| byte == ZERO)
        .map(|at| chunks.len() * 8 + at)
}
