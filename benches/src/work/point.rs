//! One entry at a time.

use std::sync::Arc;

use super::{Draw, Entries, Ground, Peer};
use crate::Result;
use crate::harness::{Contest, Figure};
use crate::workers::Step;

/// Reads any entry.
pub(crate) struct Get<P> {
    peer: P,
    entries: Arc<Entries>,
    draw: Draw,
}

impl<P: Peer> Get<P> {
    pub(crate) fn new(ground: &Ground, peer: &P) -> Self {
        Self {
            peer: peer.clone(),
            entries: Arc::clone(&ground.entries),
            draw: Draw::any(),
        }
    }
}

impl<P: Peer> Step for Get<P> {
    async fn step(&mut self) -> Result<()> {
        let (key, _) = self.entries.at(self.draw.next())?;
        self.peer.get(key).await?.ok_or("lost")?;
        Ok(())
    }
}

/// Writes an entry.
pub(crate) struct Put<P> {
    peer: P,
    entries: Arc<Entries>,
    draw: Draw,
}

impl<P: Peer> Put<P> {
    pub(crate) fn new(ground: &Ground, peer: &P, draw: Draw) -> Self {
        Self {
            peer: peer.clone(),
            entries: Arc::clone(&ground.entries),
            draw,
        }
    }
}

impl<P: Peer> Step for Put<P> {
    async fn step(&mut self) -> Result<()> {
        let (key, item) = self.entries.at(self.draw.next())?;
        self.peer.put(key, item).await
    }
}

/// So many tasks read.
pub(crate) fn get(
    ground: &Ground,
    contest: Contest,
    tasks: usize,
    ours: &impl Peer,
    theirs: &impl Peer,
) -> Result<Figure> {
    ground.hold(
        contest,
        tasks,
        |_| Get::new(ground, ours),
        |_| Get::new(ground, theirs),
    )
}

/// So many tasks write.
pub(crate) fn put(
    ground: &Ground,
    contest: Contest,
    tasks: usize,
    ours: &impl Peer,
    theirs: &impl Peer,
) -> Result<Figure> {
    ground.hold(
        contest,
        tasks,
        |_| Put::new(ground, ours, Draw::any()),
        |_| Put::new(ground, theirs, Draw::any()),
    )
}
