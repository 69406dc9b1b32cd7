//! Contexts are kept per thread: making one takes longer than compressing a small value.

use std::cell::RefCell;
use std::io;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe;

use crate::codec::CodecError;

/// Levels above cost much and save little on values of a few KiB.
const LEVEL: i32 = 1;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

pub(super) fn compress(payload: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
    let start = out.len();
    out.resize(start + zstd_safe::compress_bound(payload.len()), 0);
    let room = out.get_mut(start..).unwrap_or_default();
    let written = COMPRESSOR
        .with_borrow_mut(|context| {
            let context = made(context, || Compressor::new(LEVEL))?;
            context.compress_to_buffer(payload, room)
        })
        .map_err(|error| CodecError::payload(format!("zstd cannot compress it: {error}")))?;
    out.truncate(start + written);
    Ok(())
}

pub(super) fn decompress(bytes: &[u8], decoded: usize) -> Option<Vec<u8>> {
    // One frame, whole, that itself says the same length: zstd alone would also take several, or empty ones behind.
    let one_frame = zstd_safe::find_frame_compressed_size(bytes).ok()? == bytes.len();
    let claimed = zstd_safe::get_frame_content_size(bytes).ok()??;
    if !one_frame || usize::try_from(claimed) != Ok(decoded) {
        return None;
    }
    let mut payload = vec![0; decoded];
    let written = DECOMPRESSOR
        .with_borrow_mut(|context| {
            let context = made(context, Decompressor::new)?;
            context.decompress_to_buffer(bytes, payload.as_mut_slice())
        })
        .ok()?;
    (written == decoded).then_some(payload)
}

fn made<C>(context: &mut Option<C>, make: impl FnOnce() -> io::Result<C>) -> io::Result<&mut C> {
    match context {
        Some(context) => Ok(context),
        None => Ok(context.insert(make()?)),
    }
}
