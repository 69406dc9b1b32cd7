use ::redis::{Value, cmd};
use bytes::Bytes;

use super::Redis;
use super::layout::{Index, Place};
use super::link::{Call, Command, Effect as Sent, Target};
use super::read::{Named, Part, target};
use super::record;
use super::reply;
use super::script::TIDY;
use crate::backend::{Context, Cursor, Direction, Item, Page, Projection, Range};
use crate::error::{Error, ErrorKind, Result};

/// From how many bytes on a page takes no more records.
const MAX_BYTES: usize = 4 << 20;

impl Redis {
    /// Reads the members from the index and then their entries: two round trips, neither of which holds up the server
    /// for long. A member whose entry has gone meanwhile, or expired, is left out.
    pub(super) async fn read_range(&self, cx: &Context, range: Range) -> Result<Page> {
        cx.check()?;
        let Some(span) = Span::of(&range)? else {
            return Ok(Page::default());
        };
        let place = Place::of(span.partition());
        let index = self.layout.index(place, span.partitioned);
        let limit = range.limit.get();
        let call = Call {
            slot: place.slot(),
            command: Command::Plain(span.command(&index, limit, range.direction)),
            effect: Sent::Read,
            target: target(cx),
        };
        let answer = self.link.call(cx, call).await;
        let answer = answer.map_err(|failure| failure.into_error(Sent::Read))?;
        let members = reply::array(answer, None)?;
        let is_last = members.len() < limit;
        let members = members
            .into_iter()
            .map(|member| Ok(reply::bytes(member)?.unwrap_or_default()))
            .collect::<Result<Vec<_>>>()?;

        let part = match range.projection {
            Projection::Entries => Part::Whole,
            Projection::Keys => Part::Header,
        };
        let mut items = Vec::with_capacity(members.len());
        let mut dead = Vec::new();
        let (mut seen, mut size) = (0, 0);
        for members in members.chunks(self.batch_size) {
            let keys: Vec<Vec<u8>> = members
                .iter()
                .map(|member| [span.partitioned, member].concat())
                .collect();
            let names = keys.iter().map(|key| Named {
                name: self.layout.entry(place, key),
                slot: place.slot(),
            });
            let names: Vec<_> = names.collect();
            let found = self.read_records(cx, &names, part).await?;
            for ((key, member), found) in keys.iter().zip(members).zip(found) {
                match found {
                    Some(found) => {
                        size += found.record.len();
                        items.push(item(key, found.record, found.ttl, part)?);
                    }
                    None => dead.push(member.clone()),
                }
            }
            seen += members.len();
            if size >= MAX_BYTES {
                break;
            }
        }
        if !dead.is_empty() && target(cx) == Target::Primary {
            self.tidy(cx, place, index, span.partitioned, dead).await;
        }
        let last = members.get(seen.wrapping_sub(1));
        let next = last.filter(|_| !is_last || seen < members.len());
        Ok(Page {
            items,
            next: next.map(|member| Cursor::from_bytes(member.clone())),
        })
    }

    /// Removes members from an index that have no entry any more. What fails here is done by the next.
    async fn tidy(
        &self,
        cx: &Context,
        place: Place,
        index: Index,
        partitioned: &[u8],
        dead: Vec<Bytes>,
    ) {
        let mut keys = vec![index.order, index.expiries];
        let entries = dead
            .iter()
            .map(|member| self.layout.entry(place, &[partitioned, member].concat()));
        keys.extend(entries);
        let call = Call {
            slot: place.slot(),
            command: Command::Script {
                script: &TIDY,
                keys,
                arguments: dead,
            },
            effect: Sent::Write,
            target: Target::Primary,
        };
        if let Err(failure) = self.link.call(cx, call).await {
            let error = failure.into_error(Sent::Read);
            tracing::debug!(%error, "expired members were left in an order index");
        }
    }
}

/// An entry of a page.
pub(super) fn item(
    key: &[u8],
    record: Bytes,
    ttl: Option<crate::backend::Ttl>,
    part: Part,
) -> Result<Item> {
    let mut item = record::decode_found(key, record, ttl)?;
    if part == Part::Header {
        item.entry.value = Bytes::new();
    }
    Ok(item)
}

/// The part of a partition's index that a page begins at.
struct Span<'r> {
    /// Namespace, `00` and partition, which all keys begin with.
    partitioned: &'r [u8],
    low: Bound<'r>,
    high: Bound<'r>,
}

/// An end of a span, by members.
enum Bound<'r> {
    Open,
    From(&'r [u8]),
    Past(&'r [u8]),
}

impl Bound<'_> {
    fn text(&self, open: u8) -> Vec<u8> {
        match self {
            Self::Open => vec![open],
            Self::From(member) => [b"[", *member].concat(),
            Self::Past(member) => [b"(", *member].concat(),
        }
    }
}

impl<'r> Span<'r> {
    /// `None` where nothing can lie in it.
    fn of(range: &'r Range) -> Result<Option<Self>> {
        let Some(partition_end) = range.partition_end else {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "Redis keeps the keys of one partition in order, not those of all; fix every `#[state(partition)]` field, \
                 or use `scan` for any order",
            ));
        };
        let (start, end) = (range.start.as_slice(), range.end.as_slice());
        let Some((partitioned, first)) = start.split_at_checked(partition_end) else {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "the range's partition ends past its first key",
            ));
        };
        if start >= end {
            return Ok(None);
        }
        let mut span = Self {
            partitioned,
            low: Bound::From(first),
            high: match end.strip_prefix(partitioned) {
                Some(end) => Bound::Past(end),
                None => Bound::Open,
            },
        };
        if let Some(cursor) = &range.cursor {
            let member = &cursor.as_bytes()[..];
            let before_end = match &span.high {
                Bound::Past(end) => member < *end,
                _ => true,
            };
            if member < first || !before_end {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    "the cursor does not belong to this range; send it with the range that gave it",
                ));
            }
            match range.direction {
                Direction::Forward => span.low = Bound::Past(member),
                Direction::Reverse => span.high = Bound::Past(member),
            }
        }
        Ok(Some(span))
    }

    fn partition(&self) -> &'r [u8] {
        let namespace_len = self.partitioned.iter().position(|&byte| byte == 0);
        let start = namespace_len.map_or(0, |len| len + 1);
        self.partitioned.get(start..).unwrap_or_default()
    }

    fn command(&self, index: &Index, limit: usize, direction: Direction) -> ::redis::Cmd {
        let (low, high) = (self.low.text(b'-'), self.high.text(b'+'));
        let mut range = cmd("ZRANGE");
        range.arg(&index.order[..]);
        match direction {
            Direction::Forward => range.arg(low).arg(high).arg("BYLEX"),
            Direction::Reverse => range.arg(high).arg(low).arg("BYLEX").arg("REV"),
        };
        range.arg("LIMIT").arg(0).arg(limit);
        range
    }
}

/// How many members a tidying removed, and whether more are due.
pub(super) fn tidied(answer: Value) -> Result<(u64, bool)> {
    let answers = reply::array(answer, Some(2))?;
    let number = |index: usize| answers.get(index).map_or(Ok(0), reply::integer);
    Ok((number(0)?.unsigned_abs(), number(1)? > 0))
}
