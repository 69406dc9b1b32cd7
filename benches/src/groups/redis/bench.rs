use std::sync::Arc;
use std::time::Duration;

use typed_state_tests::servers::RedisServer;

use super::TASKS;
use super::draw::Draw;
use super::peers::{Fred, Multiplexed, Ours, Pooled};
use super::point::Put;
use crate::data::items::Item;
use crate::data::keys::{EventKey, events};
use crate::data::{KEYS, rng};
use crate::harness::Budget;
use crate::workers::{Step, Workers};
use crate::{Error, Result};

/// What all sides write, and under which keys.
#[derive(Debug)]
pub(super) struct Entries {
    pub(super) keys: Vec<EventKey>,
    pub(super) items: Vec<Item>,
}

impl Entries {
    fn draw() -> Self {
        let keys = events();
        let mut rng = rng();
        let items = keys.iter().map(|_| Item::draw(&mut rng)).collect();
        Self { keys, items }
    }

    pub(super) fn at(&self, at: usize) -> Result<(&EventKey, &Item)> {
        self.keys
            .get(at)
            .zip(self.items.get(at))
            .ok_or_else(|| Error::from("no such entry"))
    }
}

/// A server with the same entries for us and for the peers, and all of them connected.
pub(super) struct Bench {
    pub(super) budget: Budget,
    pub(super) entries: Arc<Entries>,
    pub(super) ours: Ours,
    pub(super) multiplexed: Multiplexed,
    pub(super) pooled: Pooled,
    pub(super) fred: Fred,
    // The connections go before what they run on, and that before the server.
    pub(super) workers: Workers,
    server: RedisServer,
}

impl Bench {
    pub(super) fn start(budget: Budget) -> Result<Self> {
        let workers = Workers::start()?;
        let server = workers.block_on(RedisServer::options().start())?;
        let (ours, theirs) = (database(&server, 0)?, database(&server, 1)?);
        let (ours, multiplexed, pooled, fred) = workers.block_on(async {
            Ok::<_, Error>((
                Ours::connect(&ours).await?,
                Multiplexed::connect(&theirs).await?,
                Pooled::connect(&theirs)?,
                Fred::connect(&theirs).await?,
            ))
        })?;
        let bench = Self {
            budget,
            entries: Arc::new(Entries::draw()),
            ours,
            multiplexed,
            pooled,
            fred,
            workers,
            server,
        };
        bench.for_each(|draw| Put::new(&bench, &bench.ours, draw))?;
        bench.for_each(|draw| Put::new(&bench, &bench.multiplexed, draw))?;
        Ok(bench)
    }

    /// The URL of a database that holds nothing yet.
    pub(super) fn empty_database(&self) -> Result<String> {
        database(&self.server, 2)
    }

    /// Takes a step for each entry, every one once.
    pub(super) fn for_each<S: Step>(&self, begin: impl Fn(Draw) -> S) -> Result<Duration> {
        self.workers
            .share(TASKS, KEYS as u64, |task| begin(Draw::in_turn(task, TASKS)))
    }
}

/// Each side has a database of its own, so that a scan of one finds nothing of the other's.
fn database(server: &RedisServer, number: u8) -> Result<String> {
    Ok(format!("{}{number}", server.url()?))
}
