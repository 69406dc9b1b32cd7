use std::sync::Arc;

use super::bench::{Bench, Entries};
use super::draw::Draw;
use super::peers::{FRED, GetMany};
use crate::data::keys::EventKey;
use crate::harness::{Contest, Figure};
use crate::workers::Step;
use crate::{Error, Result};

const TASKS: usize = 16;
/// Keys in one request.
const KEYS: usize = 100;

/// Reads some of all entries at once.
struct Many<P> {
    peer: P,
    entries: Arc<Entries>,
    draw: Draw,
}

impl<P: GetMany> Many<P> {
    fn new(bench: &Bench, peer: &P) -> Self {
        Self {
            peer: peer.clone(),
            entries: Arc::clone(&bench.entries),
            draw: Draw::any(),
        }
    }
}

impl<P: GetMany> Step for Many<P> {
    async fn step(&mut self) -> Result<()> {
        let keys = (0..KEYS).map(|_| Ok(self.entries.at(self.draw.next())?.0));
        let keys = keys.collect::<Result<Vec<&EventKey>>>()?;
        let found = self.peer.get_many(&keys).await?;
        if found.len() == KEYS && found.iter().all(Option::is_some) {
            Ok(())
        } else {
            Err(Error::from("lost"))
        }
    }
}

pub(super) fn figures(bench: &Bench) -> Result<Vec<Figure>> {
    let redis = Contest::new("redis/many-100", "redis-rs, MGET of 100", 0.9);
    let fred = Contest::new("redis/many-100-fred", FRED, None);
    Ok(vec![
        hold(bench, redis, &bench.multiplexed)?,
        hold(bench, fred, &bench.fred)?,
    ])
}

fn hold(bench: &Bench, contest: Contest, peer: &impl GetMany) -> Result<Figure> {
    let Bench { workers, ours, .. } = bench;
    let tasks = TASKS as u64;
    contest.in_batches_of(tasks * KEYS as u64).hold(
        &bench.budget,
        &mut |operations| workers.share(TASKS, operations * tasks, |_| Many::new(bench, ours)),
        &mut |operations| workers.share(TASKS, operations * tasks, |_| Many::new(bench, peer)),
    )
}
