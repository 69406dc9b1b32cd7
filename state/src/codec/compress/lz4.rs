use lz4_flex::block;

use crate::codec::CodecError;

/// LZ4 codes at most 255 bytes in one.
const MAX_RATIO: usize = 255;

pub(super) fn compress(payload: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
    let start = out.len();
    out.resize(start + block::get_maximum_output_size(payload.len()), 0);
    let room = out.get_mut(start..).unwrap_or_default();
    let written = block::compress_into(payload, room)
        .map_err(|error| CodecError::payload(format!("lz4 cannot compress it: {error}")))?;
    out.truncate(start + written);
    Ok(())
}

pub(super) fn decompress(bytes: &[u8], decoded: usize) -> Option<Vec<u8>> {
    if decoded > bytes.len().saturating_mul(MAX_RATIO) {
        return None;
    }
    let mut payload = vec![0; decoded];
    let written = block::decompress_into(bytes, &mut payload).ok()?;
    (written == decoded).then_some(payload)
}
