//! Many entries in one request.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Draw, Entries, GetMany, Ground, PutMany};
use crate::harness::{Contest, Figure};
use crate::workers::Step;
use crate::{Error, Result};

const TASKS: usize = 16;
/// Entries in one request.
const ENTRIES: usize = 100;
/// Tasks that fill a store, and entries in one request of theirs.
const FILLERS: usize = 10;
const FILLED: usize = 1_000;

/// Reads some of all entries at once.
struct Read<P> {
    peer: P,
    entries: Arc<Entries>,
    draw: Draw,
}

impl<P: GetMany> Step for Read<P> {
    async fn step(&mut self) -> Result<()> {
        let keys = (0..ENTRIES).map(|_| Ok(self.entries.at(self.draw.next())?.0));
        let keys = keys.collect::<Result<Vec<_>>>()?;
        let found = self.peer.get_many(&keys).await?;
        if found.len() == ENTRIES && found.iter().all(Option::is_some) {
            Ok(())
        } else {
            Err(Error::from("lost"))
        }
    }
}

/// Writes some of all entries at once.
struct Write<P> {
    peer: P,
    entries: Arc<Entries>,
    draw: Draw,
    count: usize,
}

impl<P: PutMany> Step for Write<P> {
    async fn step(&mut self) -> Result<()> {
        let mut drawn = BTreeSet::new();
        while drawn.len() < self.count {
            drawn.insert(self.draw.next());
        }
        let entries = drawn.into_iter().map(|at| self.entries.at(at));
        let entries = entries.collect::<Result<Vec<_>>>()?;
        self.peer.put_many(&entries).await
    }
}

/// Tasks read a hundred entries a request.
pub(crate) fn get(
    ground: &Ground,
    contest: Contest,
    ours: &impl GetMany,
    theirs: &impl GetMany,
) -> Result<Figure> {
    fn read<P: GetMany>(ground: &Ground, peer: &P) -> Read<P> {
        Read {
            peer: peer.clone(),
            entries: Arc::clone(&ground.entries),
            draw: Draw::any(),
        }
    }
    ground.hold(
        contest.in_batches_of(ENTRIES as u64),
        TASKS,
        |_| read(ground, ours),
        |_| read(ground, theirs),
    )
}

/// Tasks write a hundred entries a request.
pub(crate) fn put(
    ground: &Ground,
    contest: Contest,
    ours: &impl PutMany,
    theirs: &impl PutMany,
) -> Result<Figure> {
    ground.hold(
        contest.in_batches_of(ENTRIES as u64),
        TASKS,
        |_| write(ground, ours, Draw::any(), ENTRIES),
        |_| write(ground, theirs, Draw::any(), ENTRIES),
    )
}

/// Writes all entries.
pub(crate) fn fill(ground: &Ground, peer: &impl PutMany) -> Result<()> {
    ground.for_all(FILLERS, FILLED, |draw| write(ground, peer, draw, FILLED))?;
    Ok(())
}

fn write<P: PutMany>(ground: &Ground, peer: &P, draw: Draw, count: usize) -> Write<P> {
    Write {
        peer: peer.clone(),
        entries: Arc::clone(&ground.entries),
        draw,
        count,
    }
}
