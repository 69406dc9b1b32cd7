//! What a lock record tells for people.

use std::str;

use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};

/// The first byte of a record.
const VERSION: u8 = 1;
/// The longest name of a holder in bytes.
const MAX_HOLDER_LEN: usize = 256;

/// What a holder is called unless it is told otherwise.
pub(super) fn this_process() -> String {
    format!("process {}", std::process::id())
}

/// Refuses a name that is too long.
pub(crate) fn check_holder(holder: &str) -> Result<()> {
    if holder.len() <= MAX_HOLDER_LEN {
        return Ok(());
    }
    let wrong = format!(
        "the holder's name has {} bytes, and {MAX_HOLDER_LEN} is the limit",
        holder.len()
    );
    Err(Error::new(ErrorKind::InvalidInput, wrong))
}

/// The bytes of a record: a version, then the holder's name in UTF-8.
pub(super) fn encode(holder: &str) -> Result<Bytes> {
    check_holder(holder)?;
    Ok([&[VERSION], holder.as_bytes()].concat().into())
}

/// The holder's name.
pub(super) fn decode(bytes: &[u8]) -> Result<&str> {
    let holder = bytes.strip_prefix(&[VERSION]);
    let holder = holder.and_then(|holder| str::from_utf8(holder).ok());
    holder.ok_or_else(|| Error::new(ErrorKind::Corrupt, "the stored bytes are not a lock's"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let longest = "x".repeat(MAX_HOLDER_LEN);
        for holder in ["", "node 1", "Knoten \u{e4}", &longest] {
            let bytes = encode(holder).ok();
            assert_eq!(
                bytes.and_then(|bytes| decode(&bytes).ok().map(str::to_owned)),
                Some(holder.to_owned())
            );
        }
        let refused = encode(&(longest + "x")).err().map(|error| error.kind());
        assert_eq!(refused, Some(ErrorKind::InvalidInput));
        for foreign in [&[][..], b"node", &[1, 0xff]] {
            let error = decode(foreign).err().map(|error| error.kind());
            assert_eq!(error, Some(ErrorKind::Corrupt), "{foreign:?}");
        }
    }
}
