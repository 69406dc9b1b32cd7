//! A scan goes through every server by `SCAN`, and misses no key though slots move and servers change meanwhile.
//!
//! A way through one server (a pass) covers the slots that the server owned, and that were not on their way elsewhere,
//! at every step of it. What it does not cover is gone through again where it lies then: a whole server where much is
//! left of it (a failover), else slot by slot. A cursor of the server is worth nothing to another process, even one that took
//! over its data, so a pass begins again where the process is another.

mod nodes;
mod progress;
mod slots;

use std::collections::HashSet;
use std::iter;
use std::time::Duration;

use ::redis::{Value, cmd};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::join;
use futures_util::stream;

use self::nodes::OwnSlots;
use self::progress::{Pass, Progress};
use self::slots::SlotSet;
use super::Redis;
use super::layout::Place;
use super::link::{Address, Effect as Sent, Failure, RunId, Topology};
use super::range::item;
use super::read::{Named, Part};
use super::reply;
use crate::backend::{Context, Deadline, Item, Page, Projection, Scan, namespace_bounds};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};

/// How many steps without a key a page takes before it comes empty.
const MAX_STEPS: usize = 16;
/// Up to how many slots that are left of a server are gone through one by one.
const FEW_SLOTS: u32 = 64;
/// How many keys of one slot are read; far more than one has.
const SLOT_KEYS: u32 = 10_000_000;
/// How many reads of entries are on their way at once.
const AT_ONCE: usize = 16;
/// How long to wait when a server that owns slots cannot be asked.
const RETRY_AFTER: Duration = Duration::from_millis(100);

impl Redis {
    pub(super) async fn read_scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        cx.check()?;
        namespace_bounds(&scan.namespace)?;
        let mut progress = match &scan.cursor {
            Some(cursor) => Progress::from_cursor(cursor)?,
            None => Progress::new(),
        };
        let pattern = self.layout.entries(Some(&scan.namespace));
        let part = match scan.projection {
            Projection::Entries => Part::Whole,
            Projection::Keys => Part::Header,
        };
        let wanted = Wanted {
            pattern,
            namespace: Some(scan.namespace),
            part,
            count: scan.limit.get(),
        };
        // A page is large work, and its future with it.
        let items = Box::pin(self.scan_on(cx, &mut progress, &wanted)).await?;
        Ok(Page {
            items,
            next: (!progress.has_ended()).then(|| progress.to_cursor()),
        })
    }

    /// Takes steps until there is something to give, or nothing more, or enough was looked at.
    async fn scan_on(
        &self,
        cx: &Context,
        progress: &mut Progress,
        wanted: &Wanted,
    ) -> Result<Vec<Item>> {
        for _ in 0..MAX_STEPS {
            if progress.has_ended() {
                break;
            }
            if progress.found.is_empty() {
                progress.found = self.step(cx, progress, wanted).await?;
                continue;
            }
            let items = self.read_found(cx, progress, wanted).await?;
            if !items.is_empty() {
                return Ok(items);
            }
        }
        Ok(Vec::new())
    }

    /// Reads the entries that the last step found, and takes the next step meanwhile, so that both are one round trip.
    async fn read_found(
        &self,
        cx: &Context,
        progress: &mut Progress,
        wanted: &Wanted,
    ) -> Result<Vec<Item>> {
        let names = std::mem::take(&mut progress.found);
        let items = self.items_of(cx, names, wanted);
        if progress.has_seen_all() {
            return items.await;
        }
        let mut ahead = progress.clone();
        let (items, found) = join(items, self.try_step(cx, &mut ahead, wanted)).await;
        // A step that failed is taken again when it is needed.
        if let Ok(found) = found {
            ahead.found = found;
            *progress = ahead;
        }
        items
    }

    /// Takes one step, and gives the names that it found; some may come again in later steps.
    async fn step(
        &self,
        cx: &Context,
        progress: &mut Progress,
        wanted: &Wanted,
    ) -> Result<Vec<Bytes>> {
        let deadline = cx
            .deadline
            .or_else(|| Deadline::after(self.command_timeout));
        loop {
            match self.try_step(cx, progress, wanted).await {
                Ok(names) => return Ok(names),
                Err(Stop::Fail(error)) => return Err(error),
                Err(Stop::Again(error)) => {
                    // The server is gone or hung: by the time its slots have another owner, that one is asked.
                    progress.pass = None;
                    if deadline.is_some_and(|deadline| deadline.remaining() <= RETRY_AFTER) {
                        return Err(error);
                    }
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
        }
    }

    async fn try_step(
        &self,
        cx: &Context,
        progress: &mut Progress,
        wanted: &Wanted,
    ) -> Result<Vec<Bytes>, Stop> {
        match self.next_step(cx, progress).await.map_err(Stop::Fail)? {
            Step::Pass(address) => self.go_through(cx, &address, progress, wanted).await,
            Step::Slot(slot, address) => self.look_into(cx, slot, &address, progress).await,
        }
    }

    async fn next_step(&self, cx: &Context, progress: &mut Progress) -> Result<Step> {
        let failed = |failure: Failure| failure.into_error(Sent::Read);
        let topology = self.link.topology();
        if let Some(pass) = &progress.pass {
            if let Some(address) = named(&topology, &pass.server) {
                return Ok(Step::Pass(address));
            }
            progress.pass = None;
        }
        let topology = self.link.refresh(cx).await.map_err(failed)?;
        let left = SlotSet::all().without(&progress.done);
        let first = left.first().unwrap_or_default();
        let Some(address) = topology.owner(first) else {
            let wrong =
                format!("no server of the cluster owns slot {first}, so the scan cannot end");
            return Err(Error::new(ErrorKind::Unavailable, wrong));
        };
        let covers = left.matching(|slot| topology.owns(address, slot));
        if covers.len() <= FEW_SLOTS {
            return Ok(Step::Slot(first, address.clone()));
        }
        progress.pass = Some(Pass {
            server: address.to_string(),
            run: String::new(),
            cursor: 0,
            covers,
        });
        Ok(Step::Pass(address.clone()))
    }

    /// A step of a pass.
    async fn go_through(
        &self,
        cx: &Context,
        address: &Address,
        progress: &mut Progress,
        wanted: &Wanted,
    ) -> Result<Vec<Bytes>, Stop> {
        let Some(pass) = &mut progress.pass else {
            return Ok(Vec::new());
        };
        let mut scan = cmd("SCAN");
        scan.arg(pass.cursor)
            .arg("MATCH")
            .arg(&wanted.pattern)
            .arg("COUNT")
            .arg(wanted.count);
        let (run, found, own) = self.ask(cx, address, scan).await?;
        let run = run.to_string();
        if pass.run != run {
            let began = pass.cursor == 0;
            pass.run = run;
            if !began {
                pass.cursor = 0;
                return Ok(Vec::new());
            }
        }
        if let Some(own) = &own {
            pass.covers = pass.covers.common(&own.settled());
        }
        let found = reply::array(found, Some(2)).map_err(Stop::Fail)?;
        let mut found = found.into_iter();
        let cursor = found
            .next()
            .map(reply::bytes)
            .transpose()
            .map_err(Stop::Fail)?;
        let cursor = cursor
            .flatten()
            .and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok());
        pass.cursor = cursor.ok_or_else(|| Stop::Fail(reply::unexpected("a cursor")))?;
        let names = names_of(found.next().unwrap_or(Value::Nil)).map_err(Stop::Fail)?;
        if pass.cursor == 0 {
            progress.done = progress.done.with(&pass.covers);
            progress.pass = None;
        }
        Ok(names)
    }

    /// All keys of one slot, from where they are to where they are on their way.
    async fn look_into(
        &self,
        cx: &Context,
        slot: u16,
        address: &Address,
        progress: &mut Progress,
    ) -> Result<Vec<Bytes>, Stop> {
        let keys_in = || {
            let mut keys = cmd("CLUSTER");
            keys.arg("GETKEYSINSLOT").arg(slot).arg(SLOT_KEYS);
            keys
        };
        let (_, found, own) = self.ask(cx, address, keys_in()).await?;
        let mut names = names_of(found).map_err(Stop::Fail)?;
        let own = own.ok_or_else(|| Stop::Fail(reply::unexpected("the slots of a cluster")))?;
        if !own.owned.contains(slot) {
            return Err(Stop::Again(moved(slot)));
        }
        if let Some(to) = own.migrating.get(&slot) {
            let topology = self.link.topology();
            let to = to.as_ref().and_then(|to| named(&topology, to));
            let to = to.ok_or_else(|| Stop::Again(moved(slot)))?;
            let (_, found, _) = self.ask(cx, &to, keys_in()).await?;
            names.extend(names_of(found).map_err(Stop::Fail)?);
        }
        progress.done.insert(slot);
        Ok(names)
    }

    /// Asks one server something and, in a cluster, for its slots right after.
    async fn ask(
        &self,
        cx: &Context,
        address: &Address,
        question: ::redis::Cmd,
    ) -> Result<(RunId, Value, Option<OwnSlots>), Stop> {
        let mut questions = vec![question];
        if self.link.is_cluster() {
            let mut nodes = cmd("CLUSTER");
            nodes.arg("NODES");
            questions.push(nodes);
        }
        let (run, answers) = self
            .link
            .call_at(cx, address, questions)
            .await
            .map_err(Stop::of)?;
        let mut answers = answers.into_iter();
        let answer = answers.next().unwrap_or(Value::Nil);
        if let Value::ServerError(error) = answer {
            return Err(Stop::of(Failure::refused(&error)));
        }
        let own = match answers.next() {
            None => None,
            Some(Value::VerbatimString { text, .. } | Value::SimpleString(text)) => {
                OwnSlots::parse(&text)
            }
            Some(Value::BulkString(text)) => OwnSlots::parse(&String::from_utf8_lossy(&text)),
            Some(Value::ServerError(error)) => return Err(Stop::of(Failure::refused(&error))),
            Some(_) => return Err(Stop::Fail(reply::unexpected("the nodes of a cluster"))),
        };
        Ok((run, answer, own))
    }

    /// The items under these names that are still there, each once.
    async fn items_of(
        &self,
        cx: &Context,
        mut names: Vec<Bytes>,
        wanted: &Wanted,
    ) -> Result<Vec<Item>> {
        let mut seen = HashSet::with_capacity(names.len());
        names.retain(|name| seen.insert(name.clone()));
        let wide = names.len();
        let mut names = names.into_iter();
        let chunks = iter::from_fn(|| {
            let chunk: Vec<Bytes> = names.by_ref().take(self.read_batch()).collect();
            (!chunk.is_empty()).then_some(chunk)
        });
        // Items are made of what has come while the server reads on.
        let mut reads = stream::iter(chunks)
            .map(|names| self.items_among(cx, names, wanted))
            .buffered(AT_ONCE);
        let mut items = Vec::with_capacity(wide);
        while let Some(found) = reads.next().await {
            items.append(&mut found?);
        }
        Ok(items)
    }

    async fn items_among(
        &self,
        cx: &Context,
        names: Vec<Bytes>,
        wanted: &Wanted,
    ) -> Result<Vec<Item>> {
        let takes = |name: Bytes| {
            let (place, key) = self.layout.split(&name)?;
            let slot = place.slot();
            wanted.takes(key).then_some(Named { name, slot })
        };
        let names: Vec<Named> = names.into_iter().filter_map(takes).collect();
        let found = self.read_records(cx, &names, wanted.part).await?;
        let mut items = Vec::with_capacity(names.len());
        for (Named { name, .. }, found) in names.iter().zip(found) {
            let (Some(found), Some((place, key))) = (found, self.layout.split(name)) else {
                continue;
            };
            let item = item(key, found.record, found.ttl, wanted.part)?;
            if Place::of(item.key.partition()) != place {
                return Err(super::record::foreign().at_key(&item.key));
            }
            items.push(item);
        }
        Ok(items)
    }
}

/// What is looked for.
pub(super) struct Wanted {
    pattern: Vec<u8>,
    namespace: Option<String>,
    part: Part,
    count: usize,
}

impl Wanted {
    fn takes(&self, key: &[u8]) -> bool {
        match &self.namespace {
            Some(namespace) => key
                .strip_prefix(namespace.as_bytes())
                .is_some_and(|rest| rest.first() == Some(&0)),
            None => !key.starts_with(&[0]),
        }
    }
}

/// What to do next.
enum Step {
    /// Go on through this server.
    Pass(Address),
    /// Look into this slot, which this server owns.
    Slot(u16, Address),
}

/// Why a step did not succeed.
enum Stop {
    /// It may when it is tried again, by what the topology says then.
    Again(Error),
    Fail(Error),
}

impl Stop {
    fn of(failure: Failure) -> Self {
        let error = failure.into_error(Sent::Read);
        match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Timeout => Self::Again(error),
            _ => Self::Fail(error),
        }
    }
}

fn moved(slot: u16) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("slot {slot} moved to another server while its keys were read"),
    )
}

fn named(topology: &Topology, address: &str) -> Option<Address> {
    let mut primaries = topology.primaries();
    primaries
        .find(|primary| primary.to_string() == address)
        .cloned()
}

fn names_of(value: Value) -> Result<Vec<Bytes>> {
    reply::array(value, None)?
        .into_iter()
        .map(|name| Ok(reply::bytes(name)?.unwrap_or_default()))
        .collect()
}

/// A scan of everything, for a snapshot.
pub(super) struct Everything {
    progress: Progress,
    wanted: Wanted,
}

impl Everything {
    /// Times to live are what was left at `taken_at`.
    pub(super) fn of(store: &Redis, namespace: Option<String>, taken_at: Timestamp) -> Self {
        Self {
            progress: Progress::new(),
            wanted: Wanted {
                pattern: store.layout.entries(namespace.as_deref()),
                namespace,
                part: Part::AsOf(taken_at),
                count: 0,
            },
        }
    }

    /// The next items, about `count` of them; none at the end.
    pub(super) async fn next(
        &mut self,
        store: &Redis,
        cx: &Context,
        count: usize,
    ) -> Result<Vec<Item>> {
        self.wanted.count = count;
        loop {
            // A dropped future leaves the progress as it was, so nothing is missed.
            let mut progress = self.progress.clone();
            let items = Box::pin(store.scan_on(cx, &mut progress, &self.wanted)).await?;
            self.progress = progress;
            if !items.is_empty() || self.progress.has_ended() {
                return Ok(items);
            }
        }
    }
}
