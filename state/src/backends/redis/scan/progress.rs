use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

use super::slots::SlotSet;
use crate::backend::Cursor;
use crate::error::{Error, ErrorKind, Result};

const VERSION: u8 = 1;

/// How far a scan has come; what its cursor holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Progress {
    /// The slots of which every key has been given.
    pub(super) done: SlotSet,
    /// The names that the last step found, whose entries have not been read.
    pub(super) found: Vec<Bytes>,
    /// The server that is being gone through.
    pub(super) pass: Option<Pass>,
}

/// A way through the keys of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pass {
    /// Its address, as the topology names it.
    pub(super) server: String,
    /// Which process it was; the cursors of another one mean other keys.
    pub(super) run: String,
    /// The server's own cursor.
    pub(super) cursor: u64,
    /// The slots whose keys have all been on this server since the pass began.
    pub(super) covers: SlotSet,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            done: SlotSet::empty(),
            found: Vec::new(),
            pass: None,
        }
    }

    /// Whether there is nothing more to find.
    pub(super) fn has_seen_all(&self) -> bool {
        self.done == SlotSet::all()
    }

    /// Whether there is nothing more to give.
    pub(super) fn has_ended(&self) -> bool {
        self.found.is_empty() && self.has_seen_all()
    }

    pub(super) fn to_cursor(&self) -> Cursor {
        let names: usize = self.found.iter().map(|name| name.len() + 4).sum();
        let mut bytes = BytesMut::with_capacity(128 + names);
        bytes.put_u8(VERSION);
        put_slots(&mut bytes, &self.done);
        put_names(&mut bytes, &self.found);
        if let Some(pass) = &self.pass {
            put_text(&mut bytes, &pass.server);
            put_text(&mut bytes, &pass.run);
            bytes.put_u64(pass.cursor);
            put_slots(&mut bytes, &pass.covers);
        }
        Cursor::from_bytes(bytes.freeze())
    }

    pub(super) fn from_cursor(cursor: &Cursor) -> Result<Self> {
        let mut bytes = cursor.as_bytes().clone();
        take(&mut bytes).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                "the cursor is not one that a scan of this backend gave",
            )
        })
    }
}

fn take(bytes: &mut Bytes) -> Option<Progress> {
    if bytes.try_get_u8().ok()? != VERSION {
        return None;
    }
    let done = take_slots(bytes)?;
    let found = take_names(bytes)?;
    if bytes.is_empty() {
        let pass = None;
        return Some(Progress { done, found, pass });
    }
    let pass = Pass {
        server: take_text(bytes)?,
        run: take_text(bytes)?,
        cursor: bytes.try_get_u64().ok()?,
        covers: take_slots(bytes)?,
    };
    bytes.is_empty().then_some(Progress {
        done,
        found,
        pass: Some(pass),
    })
}

fn put_slots(bytes: &mut BytesMut, slots: &SlotSet) {
    let ranges = slots.ranges();
    // There are at most half as many ranges as slots.
    bytes.put_u16(u16::try_from(ranges.len()).unwrap_or(u16::MAX));
    for (first, last) in ranges {
        bytes.put_u16(first);
        bytes.put_u16(last);
    }
}

fn take_slots(bytes: &mut Bytes) -> Option<SlotSet> {
    let ranges = bytes.try_get_u16().ok()?;
    let ranges = (0..ranges)
        .map(|_| Some((bytes.try_get_u16().ok()?, bytes.try_get_u16().ok()?)))
        .collect::<Option<Vec<_>>>()?;
    Some(SlotSet::of_ranges(ranges))
}

fn put_names(bytes: &mut BytesMut, names: &[Bytes]) {
    // No server gives so many at once.
    bytes.put_u32(u32::try_from(names.len()).unwrap_or(u32::MAX));
    for name in names {
        bytes.put_u32(u32::try_from(name.len()).unwrap_or(u32::MAX));
        bytes.put_slice(name);
    }
}

fn take_names(bytes: &mut Bytes) -> Option<Vec<Bytes>> {
    let names = bytes.try_get_u32().ok()?;
    (0..names)
        .map(|_| {
            let len = usize::try_from(bytes.try_get_u32().ok()?).ok()?;
            (len <= bytes.len()).then(|| bytes.split_to(len))
        })
        .collect()
}

fn put_text(bytes: &mut BytesMut, text: &str) {
    // An address is no longer than a host's name may be, 255 bytes, and a port.
    bytes.put_u16(u16::try_from(text.len()).unwrap_or(u16::MAX));
    bytes.put_slice(text.as_bytes());
}

fn take_text(bytes: &mut Bytes) -> Option<String> {
    let len = usize::from(bytes.try_get_u16().ok()?);
    if bytes.len() < len {
        return None;
    }
    String::from_utf8(bytes.split_to(len).to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::super::slots::SlotSet;
    use super::{Pass, Progress};
    use crate::backend::Cursor;

    proptest! {
        #[test]
        fn a_cursor_reads_as_it_was_written(
            done: Vec<(u16, u16)>,
            found: Vec<Vec<u8>>,
            pass in proptest::option::of(("[a-z0-9.:]{0,40}", "[0-9a-f]{40}", any::<u64>(), any::<Vec<(u16, u16)>>())),
        ) {
            let progress = Progress {
                done: SlotSet::of_ranges(done),
                found: found.into_iter().map(Bytes::from).collect(),
                pass: pass.map(|(server, run, cursor, covers)| Pass {
                    server,
                    run,
                    cursor,
                    covers: SlotSet::of_ranges(covers),
                }),
            };
            prop_assert_eq!(Progress::from_cursor(&progress.to_cursor()).unwrap(), progress);
        }

        #[test]
        fn any_bytes_are_a_cursor_or_an_error(bytes: Vec<u8>) {
            let _ = Progress::from_cursor(&Cursor::from_bytes(Bytes::from(bytes)));
        }
    }
}
