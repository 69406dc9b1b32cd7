use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::TASKS;
use super::bench::{Bench, Entries};
use super::draw::Draw;
use super::peers::{Multiplexed, Replace};
use crate::Result;
use crate::data::KEYS;
use crate::harness::{Contest, Figure};
use crate::workers::Step;

/// Replaces an entry of its own by its revision.
struct Cas<P> {
    peer: P,
    entries: Arc<Entries>,
    revisions: Arc<Vec<AtomicU64>>,
    draw: Draw,
    /// Whether nothing stands there yet.
    first: bool,
}

impl<P: Replace> Step for Cas<P> {
    async fn step(&mut self) -> Result<()> {
        let at = self.draw.next();
        let (key, item) = self.entries.at(at)?;
        let revision = self.revisions.get(at).ok_or("no such entry")?;
        let written = if self.first {
            self.peer.begin(key, item).await?
        } else {
            let known = revision.load(Ordering::Relaxed);
            self.peer.replace(key, known, item).await?
        };
        revision.store(written, Ordering::Relaxed);
        Ok(())
    }
}

/// One side, with the revisions that it knows.
struct Side<'b, P> {
    bench: &'b Bench,
    peer: P,
    revisions: Arc<Vec<AtomicU64>>,
}

impl<'b, P: Replace> Side<'b, P> {
    fn begin(bench: &'b Bench, peer: P) -> Result<Self> {
        let revisions = (0..KEYS).map(|_| AtomicU64::new(0)).collect();
        let side = Self {
            bench,
            peer,
            revisions: Arc::new(revisions),
        };
        bench.for_each(|draw| side.task(draw, true))?;
        Ok(side)
    }

    fn task(&self, draw: Draw, first: bool) -> Cas<P> {
        Cas {
            peer: self.peer.clone(),
            entries: Arc::clone(&self.bench.entries),
            revisions: Arc::clone(&self.revisions),
            draw,
            first,
        }
    }
}

pub(super) fn figure(bench: &Bench) -> Result<Figure> {
    let workers = &bench.workers;
    let theirs = bench.empty_database()?;
    let theirs = workers.block_on(Multiplexed::connect(&theirs))?;
    let ours = Side::begin(bench, bench.ours.clone())?;
    let theirs = Side::begin(bench, theirs)?;
    let own = |task| Draw::any_of(task, TASKS);
    let batch = TASKS as u64;
    let contest = Contest::new("redis/cas-64", "redis-rs, EVALSHA of a script by hand", 0.9);
    contest.in_batches_of(batch).hold(
        &bench.budget,
        &mut |turns| workers.share(TASKS, turns * batch, |task| ours.task(own(task), false)),
        &mut |turns| workers.share(TASKS, turns * batch, |task| theirs.task(own(task), false)),
    )
}
