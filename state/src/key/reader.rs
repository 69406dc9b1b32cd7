use std::borrow::Cow;
use std::fmt;

use super::writer::{END, ESCAPED, ZERO};

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
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            mask: 0,
        }
    }

    /// An error at the current position.
    pub const fn error(&self, expected: &'static str) -> KeyError {
        KeyError {
            at: self.at,
            expected,
        }
    }

    /// Reads one byte.
    pub fn read_byte(&mut self, expected: &'static str) -> Result<u8, KeyError> {
        let byte = self.bytes.get(self.at).ok_or(self.error(expected))?;
        self.at += 1;
        Ok(*byte ^ self.mask)
    }

    /// Reads exactly `N` bytes.
    pub fn read_fixed<const N: usize>(
        &mut self,
        expected: &'static str,
    ) -> Result<[u8; N], KeyError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let (head, _) = rest.split_first_chunk::<N>().ok_or(self.error(expected))?;
        self.at += N;
        let mut bytes = *head;
        if self.mask != 0 {
            for byte in &mut bytes {
                *byte ^= self.mask;
            }
        }
        Ok(bytes)
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
            if let Some(run) = rest.iter().position(|&byte| byte == ZERO)
                && let (plain, [_, END, ..]) = rest.split_at(run)
            {
                self.at += run + 2;
                return Ok(Cow::Borrowed(plain));
            }
        }
        self.read_rewritten(expected).map(Cow::Owned)
    }

    /// The way for inverted bytes and for bytes with zeroes among them.
    #[cold]
    fn read_rewritten(&mut self, expected: &'static str) -> Result<Vec<u8>, KeyError> {
        let mut out = Vec::new();
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let zero = ZERO ^ self.mask;
            let run = rest
                .iter()
                .position(|&byte| byte == zero)
                .ok_or(self.error(expected))?;
            let (plain, tail) = rest.split_at(run);
            out.extend(plain.iter().map(|byte| byte ^ self.mask));
            self.at += run;
            match tail.get(1).map(|byte| byte ^ self.mask) {
                Some(ESCAPED) => out.push(ZERO),
                Some(END) => {
                    self.at += 2;
                    return Ok(out);
                }
                _ => return Err(self.error("`00 FF` or `00 01`")),
            }
            self.at += 2;
        }
    }

    /// Reads inverted bytes with `read`, as [`KeyWriter::write_inverted`](super::KeyWriter::write_inverted) wrote them.
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
    pub fn finish(self) -> Result<(), KeyError> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(self.error("the end of the key"))
        }
    }
}
