use std::ops::RangeInclusive;

use ::redis::Value;
use bytes::Bytes;

use super::Redis;
use super::layout::Place;
use super::link::{Call, Command, Effect, Target, arg_of, command};
use super::record;
use super::reply;
use super::script::READ;
use crate::backend::{Context, Entry, Key, Reads, Ttl};
use crate::clock::Timestamp;
use crate::error::Result;

/// How many entries one command reads where many are read, whatever is written at once: most of what Redis does for a command
/// it does once, and a function of Lua takes a few thousand arguments.
const READ_BATCH: RangeInclusive<usize> = 250..=1_000;
/// How many bytes the name of an entry has, as far as room is made for it beforehand.
const USUAL_NAME_LEN: usize = 64;

/// The name of an entry, and the slot that it lies in.
pub(super) struct Named {
    pub(super) name: Bytes,
    pub(super) slot: u16,
}

/// A record as it was found.
pub(super) struct Found {
    pub(super) record: Bytes,
    pub(super) ttl: Option<Ttl>,
}

/// How much of records is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// The header alone.
    Header,
    /// All of it, with the time that was left at this moment in place of what is left.
    AsOf(Timestamp),
}

impl Part {
    /// The time left, of what the server says of it.
    fn ttl(self, answer: i64) -> Option<Ttl> {
        match self {
            // What is still there had not expired: else the clocks of two servers differ.
            Self::AsOf(moment) if answer >= 0 => {
                Ttl::from_millis(answer.saturating_sub(moment.as_millis())).or(Some(Ttl::MIN))
            }
            _ => Ttl::from_millis(answer),
        }
    }
}

impl Redis {
    /// How many entries one command reads.
    pub(super) fn read_batch(&self) -> usize {
        self.batch_size
            .clamp(*READ_BATCH.start(), *READ_BATCH.end())
    }

    pub(super) async fn read_entries(
        &self,
        cx: &Context,
        keys: &[Key],
    ) -> Result<Vec<Option<Entry>>> {
        match keys {
            [] => Ok(Vec::new()),
            [key] if !cx.lifetimes => self.read_entry(cx, key).await,
            // The futures of many keys are large; that of one key carries none of them.
            _ if !cx.lifetimes => Box::pin(self.read_values(cx, keys)).await,
            _ => Box::pin(self.read_with_lifetimes(cx, keys)).await,
        }
    }

    async fn read_entry(&self, cx: &Context, key: &Key) -> Result<Vec<Option<Entry>>> {
        let call = self.get_of(cx, std::slice::from_ref(key));
        let answer = self.link.call(cx, call).await;
        let answer = answer.map_err(|failure| failure.into_error(Effect::Read))?;
        Ok(vec![decode(key, answer)?])
    }

    /// One command that reads keys of one server. A slot is looked for where there are several servers; then it reads one
    /// key.
    fn get_of(&self, cx: &Context, keys: &[Key]) -> Call {
        let verb = if keys.len() == 1 { "GET" } else { "MGET" };
        let mut get = command(verb, keys.len(), keys.len() * USUAL_NAME_LEN);
        let mut slot = 0;
        for key in keys {
            let place = Place::of(key.partition());
            arg_of(&mut get, &self.layout.parts(&place, key.as_bytes()));
            if keys.len() == 1 {
                slot = place.slot();
            }
        }
        Call {
            slot,
            command: Command::Plain(get),
            effect: Effect::Read,
            target: target(cx),
        }
    }

    /// Reads where the time that entries have left is asked for.
    async fn read_with_lifetimes(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let names: Vec<_> = keys.iter().map(|key| self.name(key)).collect();
        let found = self.read_records(cx, &names, Part::Whole).await?;
        keys.iter()
            .zip(found)
            .map(|(key, found)| {
                found
                    .map(|found| record::decode(key, found.record, found.ttl))
                    .transpose()
            })
            .collect()
    }

    /// Reads by as few commands as may be, and without a name of its own for each key: one for many keys where one
    /// server has everything.
    async fn read_values(&self, cx: &Context, keys: &[Key]) -> Result<Vec<Option<Entry>>> {
        let width = if self.link.is_cluster() {
            1
        } else {
            self.batch_size
        };
        let chunks = keys.chunks(width);
        let calls = chunks.clone().map(|keys| self.get_of(cx, keys)).collect();
        let answers = self.link.call_many(cx, calls).await;
        let mut entries = Vec::with_capacity(keys.len());
        for (keys, answer) in chunks.zip(answers) {
            let answer = answer.map_err(|failure| failure.into_error(Effect::Read))?;
            if let [key] = keys {
                entries.push(decode(key, answer)?);
                continue;
            }
            let records = reply::array(answer, Some(keys.len()))?;
            for (key, record) in keys.iter().zip(records) {
                entries.push(decode(key, record)?);
            }
        }
        Ok(entries)
    }

    pub(super) fn name(&self, key: &Key) -> Named {
        let place = Place::of(key.partition());
        Named {
            name: self.layout.entry(place, key.as_bytes()),
            slot: place.slot(),
        }
    }

    /// The records under these names, in their order.
    pub(super) async fn read_records(
        &self,
        cx: &Context,
        names: &[Named],
        part: Part,
    ) -> Result<Vec<Option<Found>>> {
        let wanted = names.len();
        // What one command can read: everything together lies on one server, unless it is a cluster.
        let width = match (self.link.is_cluster(), part) {
            (true, _) => 1,
            (false, Part::Header) if !cx.lifetimes => 1,
            (false, _) => self.read_batch(),
        };
        let mut calls = Vec::with_capacity(wanted.div_ceil(width));
        for names in names.chunks(width) {
            calls.push(Call {
                slot: names.first().map_or(0, |named| named.slot),
                command: read_command(names, part, cx.lifetimes),
                effect: Effect::Read,
                target: target(cx),
            });
        }
        let mut found = Vec::with_capacity(wanted);
        let answers = self.link.call_many(cx, calls).await;
        for (names, answer) in names.chunks(width).zip(answers) {
            let answer = answer.map_err(|failure| failure.into_error(Effect::Read))?;
            if cx.lifetimes {
                take_with_lifetimes(answer, names.len(), part, &mut found)?;
            } else {
                take(answer, part, &mut found)?;
            }
        }
        if found.len() == wanted {
            Ok(found)
        } else {
            Err(reply::unexpected("one answer for each key"))
        }
    }
}

/// Takes what the script gives for so many names apart.
fn take_with_lifetimes(
    answer: Value,
    count: usize,
    part: Part,
    found: &mut Vec<Option<Found>>,
) -> Result<()> {
    let mut records = reply::array(answer, None)?;
    let lasting = records.len() == count;
    let left = records.split_off(count.min(records.len()));
    let mut left = left.iter();
    for record in records {
        let ttl = match left.next() {
            Some(left) => part.ttl(reply::integer(left)?),
            None if lasting => None,
            None => return Err(reply::unexpected("the time left of each entry")),
        };
        found.push(reply::bytes(record)?.map(|record| Found { record, ttl }));
    }
    Ok(())
}

/// The entry in what is read under a key.
fn decode(key: &Key, answer: Value) -> Result<Option<Entry>> {
    let record = reply::bytes(answer)?;
    let entry = record.map(|record| record::decode(key, record, None));
    entry.transpose()
}

pub(super) fn target(cx: &Context) -> Target {
    match cx.reads {
        Reads::Primary | Reads::Cached => Target::Primary,
        Reads::Replica => Target::Replica,
    }
}

fn read_command(names: &[Named], part: Part, lifetimes: bool) -> Command {
    if lifetimes {
        let kind: &'static [u8] = match part {
            Part::Whole => b"r",
            Part::Header => b"h",
            Part::AsOf(_) => b"x",
        };
        return Command::Script {
            script: &READ,
            keys: names.iter().map(|named| named.name.clone()).collect(),
            arguments: vec![Bytes::from_static(kind)],
        };
    }
    let verb = match (part, names.len()) {
        (Part::Header, _) => "GETRANGE",
        (Part::Whole | Part::AsOf(_), 1) => "GET",
        (Part::Whole | Part::AsOf(_), _) => "MGET",
    };
    let bytes = names.iter().map(|named| named.name.len()).sum();
    let mut read = command(verb, names.len() + 2, bytes);
    for named in names {
        read.arg(&named.name[..]);
    }
    if part == Part::Header {
        read.arg(0).arg(record::HEADER_LEN - 1);
    }
    Command::Plain(read)
}

/// Takes the answer of a [`read_command`] without lifetimes apart.
fn take(answer: Value, part: Part, found: &mut Vec<Option<Found>>) -> Result<()> {
    let without_ttl = |record| Found { record, ttl: None };
    match (part, answer) {
        (Part::Whole | Part::AsOf(_), Value::Array(records)) => {
            for record in records {
                found.push(reply::bytes(record)?.map(without_ttl));
            }
        }
        (Part::Whole | Part::AsOf(_), record) => found.push(reply::bytes(record)?.map(without_ttl)),
        (Part::Header, head) => {
            let head = reply::bytes(head)?.filter(|head| !head.is_empty());
            found.push(head.map(without_ttl));
        }
    }
    Ok(())
}
