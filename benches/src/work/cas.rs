//! Entries replaced by their revisions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Draw, Entries, Ground, Replace};
use crate::Result;
use crate::harness::{Contest, Figure};
use crate::workers::Step;

/// Replaces an entry of its own by its revision.
struct Cas<P> {
    peer: P,
    entries: Arc<Entries>,
    revisions: Arc<Vec<AtomicU64>>,
    draw: Draw,
}

impl<P: Replace> Step for Cas<P> {
    async fn step(&mut self) -> Result<()> {
        let at = self.draw.next();
        let (key, item) = self.entries.at(at)?;
        let revision = self.revisions.get(at).ok_or("no such entry")?;
        let known = revision.load(Ordering::Relaxed);
        let written = self.peer.replace(key, known, item).await?;
        revision.store(written, Ordering::Relaxed);
        Ok(())
    }
}

/// One side, with the revisions that it knows.
struct Side<P> {
    peer: P,
    entries: Arc<Entries>,
    revisions: Arc<Vec<AtomicU64>>,
}

impl<P: Replace> Side<P> {
    fn begin(ground: &Ground, peer: &P) -> Result<Self> {
        let mut peer = peer.clone();
        let entries = Arc::clone(&ground.entries);
        let revisions = ground.workers.block_on(peer.revisions(&entries))?;
        let revisions = revisions.into_iter().map(AtomicU64::new).collect();
        Ok(Self {
            peer,
            entries,
            revisions: Arc::new(revisions),
        })
    }

    fn task(&self, draw: Draw) -> Cas<P> {
        Cas {
            peer: self.peer.clone(),
            entries: Arc::clone(&self.entries),
            revisions: Arc::clone(&self.revisions),
            draw,
        }
    }
}

/// So many tasks replace entries, each its own.
pub(crate) fn replace(
    ground: &Ground,
    contest: Contest,
    tasks: usize,
    ours: &impl Replace,
    theirs: &impl Replace,
) -> Result<Figure> {
    let ours = Side::begin(ground, ours)?;
    let theirs = Side::begin(ground, theirs)?;
    let own = |task| Draw::any_of(task, tasks);
    ground.hold(
        contest,
        tasks,
        |task| ours.task(own(task)),
        |task| theirs.task(own(task)),
    )
}
