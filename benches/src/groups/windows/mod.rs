//! Windows against the loop that everybody writes: for each event one get of its state and one put; for each window that closes one get
//! of its state, one put of its result and one delete.

mod apply;
mod close;
mod growth;
mod hand;
mod ours;
mod plot;
mod stream;

use std::path::Path;

use tempfile::TempDir;
use typed_state::Store;
use typed_state::backend::Backend;
use typed_state::backends::{Embedded, Redis};
use typed_state_tests::servers::RedisServer;

pub use self::growth::run as growth;

use self::hand::{Hand, OnRedis, OnStore};
use self::ours::Ours;
use super::Group;
use super::redis::peers::Multiplexed;
use crate::harness::{Budget, Figure};
use crate::workers::Workers;
use crate::{Error, Result};

pub(super) const GROUP: Group = Group {
    name: "windows",
    about: "windows on disk and on Redis, against one get and one put an event by hand",
    run,
};

/// Two who do the same.
struct Bench<B, H> {
    budget: Budget,
    place: &'static str,
    ours: Ours<B>,
    hand: H,
}

impl<B: Backend, H: Hand> Bench<B, H> {
    fn figures(&mut self, workers: &Workers) -> Result<Vec<Figure>> {
        Ok(vec![
            apply::one_by_one(self, workers)?,
            apply::at_once(self, workers)?,
            close::figure(self, workers)?,
        ])
    }
}

fn run(budget: &Budget) -> Result<Vec<Figure>> {
    let budget = budget.in_longer_rounds(8);
    let workers = Workers::start()?;
    let mut figures = on_disk(budget, &workers)?;
    figures.extend(on_redis(budget, &workers)?);
    Ok(figures)
}

fn on_disk(budget: Budget, workers: &Workers) -> Result<Vec<Figure>> {
    let directory = directory()?;
    let (ours, hand) = workers.block_on(async {
        let ours = Store::new(Embedded::open(directory.path().join("ours")).await?);
        let hand = Store::new(Embedded::open(directory.path().join("hand")).await?);
        Ok::<_, Error>((ours, hand))
    })?;
    let mut bench = Bench {
        budget,
        place: "embedded",
        ours: workers.block_on(Ours::open(&ours, 1))?,
        hand: OnStore(hand.clone()),
    };
    let figures = bench.figures(workers);
    workers.block_on(async {
        ours.backend().close().await?;
        hand.backend().close().await
    })?;
    figures
}

fn on_redis(budget: Budget, workers: &Workers) -> Result<Vec<Figure>> {
    let server = workers.block_on(RedisServer::options().start())?;
    let url = server.url()?;
    let mut bench = workers.block_on(async {
        let ours = Store::new(Redis::connect(&url).await?);
        Ok::<_, Error>(Bench {
            budget,
            place: "redis",
            ours: Ours::open(&ours, 1).await?,
            hand: OnRedis(Multiplexed::connect(&url).await?),
        })
    })?;
    bench.figures(workers)
}

/// A directory beside the program and not in `/tmp`, which may be memory.
fn directory() -> Result<TempDir> {
    let program = std::env::current_exe()?;
    let beside = program.parent().unwrap_or_else(|| Path::new("."));
    Ok(tempfile::tempdir_in(beside)?)
}
