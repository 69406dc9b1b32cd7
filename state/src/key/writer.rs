use smallvec::SmallVec;

use crate::backend::Key;
use crate::error::Result;

/// The byte that ends a namespace, and the first of an escape.
pub(super) const ZERO: u8 = 0x00;
/// After `00`: the `00` was data.
pub(super) const ESCAPED: u8 = 0xFF;
/// After `00`: the string ends here.
pub(super) const END: u8 = 0x01;

/// Takes the bytes of a key; short keys never touch the heap.
#[derive(Debug, Clone, Default)]
pub struct KeyWriter {
    bytes: SmallVec<[u8; 64]>,
    partition_end: usize,
}

impl KeyWriter {
    /// A writer that has written `namespace 00`.
    pub fn for_namespace(namespace: &str) -> Self {
        let mut bytes = SmallVec::new();
        bytes.extend_from_slice(namespace.as_bytes());
        bytes.push(ZERO);
        let partition_end = bytes.len();
        Self {
            bytes,
            partition_end,
        }
    }

    /// Writes bytes as they are: for encodings of a fixed width.
    pub fn write_fixed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes one byte.
    pub fn write_byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Writes bytes of any length so that they delimit themselves and keep their order:
    /// `00` becomes `00 FF`, and `00 01` ends them.
    pub fn write_escaped(&mut self, bytes: &[u8]) {
        self.write_escaped_open(bytes);
        self.bytes.extend_from_slice(&[ZERO, END]);
    }

    /// [`write_escaped`](Self::write_escaped) without the end: what all encodings of strings that begin so share.
    pub fn write_escaped_open(&mut self, bytes: &[u8]) {
        let mut parts = bytes.split(|&byte| byte == ZERO);
        if let Some(first) = parts.next() {
            self.bytes.extend_from_slice(first);
        }
        for part in parts {
            self.bytes.extend_from_slice(&[ZERO, ESCAPED]);
            self.bytes.extend_from_slice(part);
        }
    }

    /// Inverts what `write` writes, which turns the order around.
    pub fn write_inverted(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        write(self);
        for byte in self.bytes.iter_mut().skip(start) {
            *byte = !*byte;
        }
    }

    /// Marks the end of the partition's fields here.
    pub fn end_partition(&mut self) {
        self.partition_end = self.bytes.len();
    }

    /// What has been written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the partition's fields end in [`as_bytes`](Self::as_bytes).
    pub fn partition_end(&self) -> usize {
        self.partition_end
    }

    /// The key.
    ///
    /// # Errors
    /// [`TooLarge`](crate::ErrorKind::TooLarge) past [`MAX_KEY_LEN`](crate::backend::MAX_KEY_LEN).
    pub fn finish(self) -> Result<Key> {
        Key::new(self.bytes, self.partition_end)
    }
}
