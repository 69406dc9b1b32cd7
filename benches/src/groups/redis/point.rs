use std::sync::Arc;

use super::TASKS;
use super::bench::{Bench, Entries};
use super::draw::Draw;
use super::peers::{FRED, MULTIPLEXED, POOLED, Peer};
use crate::Result;
use crate::harness::{Contest, Figure};
use crate::workers::Step;

/// Reads any entry.
pub(super) struct Get<P> {
    peer: P,
    entries: Arc<Entries>,
    draw: Draw,
}

impl<P: Peer> Get<P> {
    pub(super) fn new(bench: &Bench, peer: &P) -> Self {
        Self {
            peer: peer.clone(),
            entries: Arc::clone(&bench.entries),
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

/// Writes any entry.
pub(super) struct Put<P> {
    peer: P,
    entries: Arc<Entries>,
    draw: Draw,
}

impl<P: Peer> Put<P> {
    pub(super) fn new(bench: &Bench, peer: &P, draw: Draw) -> Self {
        Self {
            peer: peer.clone(),
            entries: Arc::clone(&bench.entries),
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

pub(super) fn figures(bench: &Bench) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for tasks in [1, TASKS] {
        let name = |operation, peer| format!("redis/{operation}-{tasks}{peer}");
        let redis = Contest::new(name("get", ""), MULTIPLEXED, 0.9);
        figures.push(get(bench, redis, tasks, &bench.multiplexed)?);
        let fred = Contest::new(name("get", "-fred"), FRED, None);
        figures.push(get(bench, fred, tasks, &bench.fred)?);
        let redis = Contest::new(name("put", ""), MULTIPLEXED, 0.9);
        figures.push(put(bench, redis, tasks, &bench.multiplexed)?);
        let fred = Contest::new(name("put", "-fred"), FRED, None);
        figures.push(put(bench, fred, tasks, &bench.fred)?);
    }
    let pooled = Contest::new("redis/get-64-pool", POOLED, 5.0);
    figures.push(get(bench, pooled, TASKS, &bench.pooled)?);
    Ok(figures)
}

fn get(bench: &Bench, contest: Contest, tasks: usize, peer: &impl Peer) -> Result<Figure> {
    hold(
        bench,
        contest,
        tasks,
        || Get::new(bench, &bench.ours),
        || Get::new(bench, peer),
    )
}

fn put(bench: &Bench, contest: Contest, tasks: usize, peer: &impl Peer) -> Result<Figure> {
    hold(
        bench,
        contest,
        tasks,
        || Put::new(bench, &bench.ours, Draw::any()),
        || Put::new(bench, peer, Draw::any()),
    )
}

fn hold<S: Step, T: Step>(
    bench: &Bench,
    contest: Contest,
    tasks: usize,
    ours: impl Fn() -> S,
    theirs: impl Fn() -> T,
) -> Result<Figure> {
    let workers = &bench.workers;
    let batch = tasks as u64;
    contest.in_batches_of(batch).hold(
        &bench.budget,
        &mut |turns| workers.share(tasks, turns * batch, |_| ours()),
        &mut |turns| workers.share(tasks, turns * batch, |_| theirs()),
    )
}
