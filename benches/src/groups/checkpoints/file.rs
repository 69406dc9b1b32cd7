//! The file of a dump by hand: the lengths of key and value, and both.

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read as _, Write as _};
use std::path::Path;

use crate::Result;

const BUFFER: usize = 1 << 20;

pub(super) struct Writer(BufWriter<File>);

impl Writer {
    pub(super) fn create(path: &Path) -> Result<Self> {
        Ok(Self(BufWriter::with_capacity(BUFFER, File::create(path)?)))
    }

    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).map(u32::to_le_bytes);
        self.0.write_all(&len(key)?)?;
        self.0.write_all(&len(value)?)?;
        self.0.write_all(key)?;
        Ok(self.0.write_all(value)?)
    }

    /// Bytes as they come.
    pub(super) fn add_raw(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.0.write_all(bytes)?)
    }

    pub(super) fn sync(self) -> Result<()> {
        Ok(self.0.into_inner()?.sync_all()?)
    }
}

/// The entries of the file.
pub(super) fn read(path: &Path) -> Result<impl Iterator<Item = Result<(Vec<u8>, Vec<u8>)>>> {
    let mut file = BufReader::with_capacity(BUFFER, File::open(path)?);
    Ok(std::iter::from_fn(move || next(&mut file).transpose()))
}

fn next(file: &mut BufReader<File>) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
    let mut len = [0; 4];
    match file.read_exact(&mut len) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let mut key = vec![0; usize::try_from(u32::from_le_bytes(len))?];
    file.read_exact(&mut len)?;
    let mut value = vec![0; usize::try_from(u32::from_le_bytes(len))?];
    file.read_exact(&mut key)?;
    file.read_exact(&mut value)?;
    Ok(Some((key, value)))
}
