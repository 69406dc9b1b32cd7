use std::borrow::Cow;
use std::fmt;

use super::writer::{END, ESCAPED, ZERO, find_zero};

/// Why bytes are not a key of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyError {
    at: usize,
    expected: &'static str,
}

impl KeyError {
    /// The position, counted from the first byte of the fields.
    pub const fn position(&self) -> usize {
        self.at
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "expected {} at byte {} of the fields",
            self.expected, self.at
        )
    }
}

impl std::error::Error for KeyError {}

/// Reads the bytes of a key's fields; any bytes give a value or an error.
#[derive(Debug, Clone)]
pub struct KeyReader<'a> {
    bytes: &'a [u8],
    at: usize,
    mask: u8,
}

impl<'a> KeyReader<'a> {
    /// Reads from the first byte of the fields, after the namespace.
    #[inline]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            mask: 0,
        }
    }

    /// How many bytes have been read.
    #[inline]
    pub const fn position(&self) -> usize {
        self.at
    }

    /// An error at the current position.
    #[inline]
    pub const fn error(&self, expected: &'static str) -> KeyError {
        KeyError {
            at: self.at,
            expected,
        }
    }

    /// Reads one byte.
    #[inline]
    pub fn read_byte(&mut self, expected: &'static str) -> Result<u8, KeyError> {
        let byte = self.bytes.get(self.at).ok_or(self.error(expected))?;
        self.at += 1;
        Ok(*byte ^ self.mask)
    }

    /// Reads exactly `N` bytes.
    #[inline]
    pub fn read_fixed<const N: usize>(
        &mut self,
        expected: &'static str,
    ) -> Result<[u8; N], KeyError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let (head, _) = rest.split_first_chunk::<N>().ok_or(self.error(expected))?;
        self.at += N;
        Ok(if self.mask == 0 {
            *head
        } else {
            inverted(head)
        })
    }

    /// Reads what [`KeyWriter::write_escaped`](super::KeyWriter::write_escaped) wrote.
    #[inline]
    pub fn read_escaped(&mut self, expected: &'static str) -> Result<Vec<u8>, KeyError> {
        self.read_unescaped(expected).map(Cow::into_owned)
    }

    /// Reads what [`KeyWriter::write_escaped`](super::KeyWriter::write_escaped) wrote of UTF-8.
    #[inline]
    pub fn read_escaped_text(&mut self, expected: &'static str) -> Result<String, KeyError> {
        let error = self.error("text in UTF-8");
        match self.read_unescaped(expected)? {
            Cow::Borrowed(bytes) => match str::from_utf8(bytes) {
                Ok(text) => Ok(text.to_owned()),
                Err(_) => Err(error),
            },
            Cow::Owned(bytes) => String::from_utf8(bytes).map_err(|_| error),
        }
    }

    /// What stands up to the end, borrowed where nothing was escaped or inverted.
    #[inline]
    fn read_unescaped(&mut self, expected: &'static str) -> Result<Cow<'a, [u8]>, KeyError> {
        if self.mask == 0 {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if let Some(run) = find_zero(rest)
                && let (plain, [_, END, ..]) = rest.split_at(run)
            {
                self.at += run + 2;
                return Ok(Cow::Borrowed(plain));
            }
        }
        let (bytes, end) = rewritten(self.clone(), expected)?;
        self.at = end;
        Ok(Cow::Owned(bytes))
    }

    /// Reads inverted bytes with `read`, as [`KeyWriter::write_inverted`](super::KeyWriter::write_inverted) wrote them.
    #[inline]
    pub fn read_inverted<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, KeyError>,
    ) -> Result<T, KeyError> {
        self.mask = !self.mask;
        let result = read(self);
        self.mask = !self.mask;
        result
    }

    /// Checks that nothing is left.
    #[inline]
    pub fn finish(self) -> Result<(), KeyError> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(self.error("the end of the key"))
        }
    }
}

/// What inverted bytes were.
#[cold]
fn inverted<const N: usize>(bytes: &[u8; N]) -> [u8; N] {
    bytes.map(|byte| !byte)
}

/// Bytes that were inverted, or have zeroes among them, and where they end.
///
/// It takes the reader as a copy, so that on the common way the reader lives in registers.
#[cold]
fn rewritten(
    mut reader: KeyReader<'_>,
    expected: &'static str,
) -> Result<(Vec<u8>, usize), KeyError> {
    let mut out = Vec::new();
    let zero = ZERO ^ reader.mask;
    loop {
        let rest = reader.bytes.get(reader.at..).unwrap_or_default();
        let run = rest
            .iter()
            .position(|&byte| byte == zero)
            .ok_or(reader.error(expected))?;
        let (plain, tail) = rest.split_at(run);
        out.extend(plain.iter().map(|byte| byte ^ reader.mask));
        reader.at += run;
        match tail.get(1).map(|byte| byte ^ reader.mask) {
            Some(ESCAPED) => out.push(ZERO),
            Some(END) => return Ok((out, reader.at + 2)),
            _ => return Err(reader.error("`00 FF` or `00 01`")),
        }
        reader.at += 2;
    }
}
