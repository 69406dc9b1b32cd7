use snap::raw::{Decoder, Encoder, decompress_len, max_compress_len};

use crate::codec::CodecError;

pub(super) fn compress(payload: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
    let start = out.len();
    out.resize(start + max_compress_len(payload.len()), 0);
    let room = out.get_mut(start..).unwrap_or_default();
    let written = Encoder::new()
        .compress(payload, room)
        .map_err(|error| CodecError::payload(format!("snappy cannot compress it: {error}")))?;
    out.truncate(start + written);
    Ok(())
}

pub(super) fn decompress(bytes: &[u8], decoded: usize) -> Option<Vec<u8>> {
    if decompress_len(bytes).ok()? != decoded {
        return None;
    }
    let mut payload = vec![0; decoded];
    let written = Decoder::new().decompress(bytes, &mut payload).ok()?;
    (written == decoded).then_some(payload)
}
