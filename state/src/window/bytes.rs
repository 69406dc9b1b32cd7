//! The bytes of what a shard keeps: numbers are eight bytes, big-endian; texts and values follow their length.

use bytes::{BufMut as _, Bytes};

use crate::error::{Error, ErrorKind, Result};

/// The first byte of every entry.
const VERSION: u8 = 1;

/// Bytes that begin with the version.
pub(super) fn begin() -> Vec<u8> {
    vec![VERSION]
}

pub(super) fn put_i64(out: &mut Vec<u8>, number: i64) {
    out.put_i64(number);
}

pub(super) fn put_u64(out: &mut Vec<u8>, number: u64) {
    out.put_u64(number);
}

pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.put_u64(bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(super) fn put_option<T>(
    out: &mut Vec<u8>,
    option: Option<T>,
    put: impl FnOnce(&mut Vec<u8>, T),
) {
    out.push(u8::from(option.is_some()));
    if let Some(value) = option {
        put(out, value);
    }
}

/// Reads what was put, and trusts none of it.
pub(super) struct Reader {
    what: &'static str,
    rest: Bytes,
}

impl Reader {
    /// Of an entry that is a `what`.
    pub(super) fn begin(what: &'static str, bytes: &Bytes) -> Result<Self> {
        let mut reader = Self {
            what,
            rest: bytes.clone(),
        };
        match reader.byte()? {
            VERSION => Ok(reader),
            other => Err(Error::new(
                ErrorKind::IncompatibleSchema,
                format!("the stored bytes are a {what} of version {other}, and {VERSION} is known"),
            )),
        }
    }

    pub(super) fn corrupt(&self) -> Error {
        let wrong = format!("the stored bytes are not a {}", self.what);
        Error::new(ErrorKind::Corrupt, wrong)
    }

    fn take(&mut self, len: usize) -> Result<Bytes> {
        if len > self.rest.len() {
            return Err(self.corrupt());
        }
        Ok(self.rest.split_to(len))
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        let byte = self.take(1)?.first().copied();
        byte.ok_or_else(|| self.corrupt())
    }

    fn number(&mut self) -> Result<[u8; 8]> {
        let bytes = self.take(8)?;
        let number = bytes.as_array::<8>().copied();
        number.ok_or_else(|| self.corrupt())
    }

    pub(super) fn i64(&mut self) -> Result<i64> {
        self.number().map(i64::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        self.number().map(u64::from_be_bytes)
    }

    pub(super) fn bytes(&mut self) -> Result<Bytes> {
        let len = self.u64()?;
        let len = usize::try_from(len).map_err(|_| self.corrupt())?;
        self.take(len)
    }

    pub(super) fn text(&mut self) -> Result<String> {
        let bytes = self.bytes()?;
        String::from_utf8(bytes.into()).map_err(|_| self.corrupt())
    }

    pub(super) fn flag(&mut self) -> Result<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.corrupt()),
        }
    }

    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<Option<T>> {
        self.flag()?.then(|| read(self)).transpose()
    }

    /// So many things, each of at least one byte.
    pub(super) fn many<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let count = self.u64()?;
        if count > self.rest.len() as u64 {
            return Err(self.corrupt());
        }
        (0..count).map(|_| read(self)).collect()
    }

    /// Every byte must be used.
    pub(super) fn end(self) -> Result<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(self.corrupt())
    }
}
