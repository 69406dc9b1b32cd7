//! The entries of windows. `docs/format.md` draws their keys.

use std::num::NonZeroUsize;

use crate::backend::{Cursor, Direction, Key, KeyBytes, MAX_KEY_LEN, Projection, Range};
use crate::error::{Error, ErrorKind, Result};
use crate::key::KeyWriter;

use super::span::Window;

/// What was opened under a name; its partition is the name alone. No key type can have these namespaces: theirs begin with a letter.
const DEFINITION: &[u8] = b"~windows";
/// Who shares the shards, in the same partition.
const MEMBER: &[u8] = b"~member";
/// How far a shard has come.
const PROGRESS: &[u8] = b"~shard";
/// The panes of a key.
const PANE: &[u8] = b"~pane";
/// When something is due in event time.
const TIMER: &[u8] = b"~timer";
/// When something is due in processing time.
const ALARM: &[u8] = b"~alarm";
/// What came out of windows.
const OUTBOX: &[u8] = b"~outbox";
/// How much of that is acknowledged.
const ACKNOWLEDGED: &[u8] = b"~acknowledged";
/// That the shard is being read and should not change; it expires.
const HOLD: &[u8] = b"~hold";

/// What the commits of a shard change, and those who acknowledge; all of it lies in the shard's partition.
#[cfg(feature = "checkpoints")]
const OF_SHARDS: [&[u8]; 6] = [PROGRESS, PANE, TIMER, ALARM, OUTBOX, ACKNOWLEDGED];

/// The most bytes that the keys of a shard have beside those of the user's key and of the name.
const AROUND: usize = 64;

/// The names of the entries of one shard.
#[derive(Debug, Clone)]
pub(super) struct Names {
    partition: Box<[u8]>,
}

/// Where the timers of a shard lie: one of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wheel {
    Event,
    Processing,
}

impl Wheel {
    const fn namespace(self) -> &'static [u8] {
        match self {
            Self::Event => TIMER,
            Self::Processing => ALARM,
        }
    }
}

/// The key of the definition of the windows of a name.
pub(super) fn definition(name: &str) -> Result<Key> {
    key(DEFINITION, &Names::of_all(name).partition, &[])
}

/// The key of a member of those who share the windows of a name: `id` tells members of one name apart.
pub(super) fn member(name: &str, member: &str, id: u64) -> Result<Key> {
    let mut writer = KeyWriter::new();
    writer.write_escaped(member.as_bytes());
    writer.write_fixed(&id.to_be_bytes());
    let names = Names::of_all(name);
    Ok(key(MEMBER, &names.partition, writer.as_bytes())?.with_index(true))
}

/// All members, in the order of their names.
pub(super) fn members(name: &str, limit: NonZeroUsize, cursor: Option<Cursor>) -> Range {
    Names::of_all(name).range(MEMBER, &[], limit, cursor)
}

/// Whether a namespace is of the entries that one shard has for itself.
#[cfg(feature = "checkpoints")]
pub(super) fn is_of_shard(namespace: &[u8]) -> bool {
    OF_SHARDS.contains(&namespace)
}

/// Whether it is the key of a definition.
#[cfg(feature = "checkpoints")]
pub(super) fn is_definition(key: &Key) -> bool {
    key.namespace() == DEFINITION
}

fn key(namespace: &[u8], partition: &[u8], rest: &[u8]) -> Result<Key> {
    let bytes = [namespace, &[0], partition, rest].concat();
    Key::new(&bytes[..], namespace.len() + 1 + partition.len())
}

impl Names {
    pub(super) fn of(name: &str, shard: u32) -> Self {
        let mut writer = KeyWriter::new();
        writer.write_escaped(name.as_bytes());
        writer.write_fixed(&shard.to_be_bytes());
        Self {
            partition: writer.as_bytes().into(),
        }
    }

    /// Of a shard of the windows whose definition lies under this key.
    #[cfg(feature = "checkpoints")]
    pub(super) fn of_definition(definition: &Key, shard: u32) -> Self {
        Self {
            partition: [definition.partition(), &shard.to_be_bytes()]
                .concat()
                .into(),
        }
    }

    /// What is of all shards.
    fn of_all(name: &str) -> Self {
        let mut writer = KeyWriter::new();
        writer.write_escaped(name.as_bytes());
        Self {
            partition: writer.as_bytes().into(),
        }
    }

    /// Refuses a user's key that leaves no room.
    pub(super) fn check(&self, user_key: &[u8]) -> Result<()> {
        let most = MAX_KEY_LEN - AROUND - self.partition.len();
        if user_key.len() <= most {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "the key of the windows has {} bytes, and {most} is the limit; nothing was written",
                user_key.len()
            ),
        ))
    }

    pub(super) fn progress(&self) -> Result<Key> {
        key(PROGRESS, &self.partition, &[])
    }

    pub(super) fn hold(&self) -> Result<Key> {
        key(HOLD, &self.partition, &[])
    }

    pub(super) fn acknowledged(&self) -> Result<Key> {
        key(ACKNOWLEDGED, &self.partition, &[])
    }

    pub(super) fn outbox(&self, number: u64) -> Result<Key> {
        key(OUTBOX, &self.partition, &number.to_be_bytes())
    }

    pub(super) fn pane(&self, id: &[u8]) -> Result<Key> {
        Ok(key(PANE, &self.partition, id)?.with_index(true))
    }

    pub(super) fn timer(&self, wheel: Wheel, time: i64, what: &[u8]) -> Result<Key> {
        let rest = [&ordered(time)[..], what].concat();
        Ok(key(wheel.namespace(), &self.partition, &rest)?.with_index(true))
    }

    /// The earliest timers.
    pub(super) fn timers(&self, wheel: Wheel, limit: NonZeroUsize) -> Range {
        let range = self.range(wheel.namespace(), &[], limit, None);
        Range {
            projection: Projection::Keys,
            ..range
        }
    }

    /// The panes of a key, or of all keys.
    pub(super) fn panes(
        &self,
        user_key: &[u8],
        limit: NonZeroUsize,
        cursor: Option<Cursor>,
    ) -> Range {
        self.range(PANE, user_key, limit, cursor)
    }

    /// The entries of one of the kinds that are in order: panes, timers, alarms; `None` past the last kind.
    #[cfg(feature = "checkpoints")]
    pub(super) fn in_order(
        &self,
        kind: usize,
        limit: NonZeroUsize,
        cursor: Option<Cursor>,
    ) -> Option<Range> {
        let namespace = [PANE, TIMER, ALARM].into_iter().nth(kind)?;
        Some(self.range(namespace, &[], limit, cursor))
    }

    fn range(
        &self,
        namespace: &[u8],
        prefix: &[u8],
        limit: NonZeroUsize,
        cursor: Option<Cursor>,
    ) -> Range {
        let start = [namespace, &[0], &*self.partition, prefix].concat();
        Range {
            end: crate::key::successor(&start),
            partition_end: Some(namespace.len() + 1 + self.partition.len()),
            start: KeyBytes::from(&start[..]),
            direction: Direction::Forward,
            projection: Projection::Entries,
            limit,
            cursor,
        }
    }

    /// What stands after the partition in the bytes of a key.
    fn rest<'k>(&self, namespace: &[u8], key: &'k [u8]) -> Option<&'k [u8]> {
        let rest = key.strip_prefix(namespace)?.strip_prefix(&[0])?;
        rest.strip_prefix(&*self.partition)
    }

    /// The time and the rest of a timer's key.
    pub(super) fn read_timer(&self, wheel: Wheel, key: &[u8]) -> Result<(i64, Box<[u8]>)> {
        let rest = self.rest(wheel.namespace(), key);
        let split = rest.and_then(|rest| rest.split_first_chunk::<8>());
        let (time, what) = split.ok_or_else(|| foreign("timer"))?;
        Ok((unordered(*time), what.into()))
    }

    /// The user's key and the home in a pane's key.
    pub(super) fn read_pane<'k>(&self, key: &'k [u8]) -> Result<(&'k [u8], Window)> {
        let rest = self.rest(PANE, key).and_then(split_id);
        rest.ok_or_else(|| foreign("pane"))
    }
}

fn foreign(what: &str) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!("a stored key is not that of a {what} of windows"),
    )
}

/// A number as bytes that sort as it does.
fn ordered(number: i64) -> [u8; 8] {
    (number ^ i64::MIN).to_be_bytes()
}

fn unordered(bytes: [u8; 8]) -> i64 {
    i64::from_be_bytes(bytes) ^ i64::MIN
}

/// What names an entry of panes in its shard: the user's key, then the end and the start of its home.
pub(super) fn id(user_key: &[u8], home: Window) -> Box<[u8]> {
    let id = [user_key, &ordered(home.end), &ordered(home.start)].concat();
    id.into()
}

/// The user's key and the home.
pub(super) fn split_id(id: &[u8]) -> Option<(&[u8], Window)> {
    let (rest, start) = id.split_last_chunk::<8>()?;
    let (user_key, end) = rest.split_last_chunk::<8>()?;
    let window = Window::new(unordered(*start), unordered(*end));
    (window.start < window.end).then_some((user_key, window))
}
