//! Locks on Redis, against the lock by hand that everybody writes and the one that a library gives.

mod cycle;
mod seat;
mod wake;

use typed_state::Store;
use typed_state::backends::Redis;
use typed_state_tests::servers::RedisServer;

use self::seat::{Hand, Ours, Rslock};
use super::Group;
use super::redis::peers::Multiplexed;
use crate::harness::{Budget, Figure};
use crate::workers::Workers;
use crate::{Error, Result};

pub(super) const GROUP: Group = Group {
    name: "locks",
    about: "locks on Redis, against SET NX PX with a release script by hand, and rslock",
    run,
};

/// A server, and those that lock on it.
struct Bench {
    budget: Budget,
    ours: Ours,
    hand: Hand,
    rslock: Rslock,
    workers: Workers,
    _server: RedisServer,
}

fn run(budget: &Budget) -> Result<Vec<Figure>> {
    let bench = Bench::start(budget.in_longer_rounds(8))?;
    let mut figures = cycle::figures(&bench)?;
    figures.push(wake::figure(&bench)?);
    Ok(figures)
}

impl Bench {
    fn start(budget: Budget) -> Result<Self> {
        let workers = Workers::start()?;
        let server = workers.block_on(RedisServer::options().start())?;
        let url = server.url()?;
        let (ours, hand) = workers.block_on(async {
            Ok::<_, Error>((
                Ours(Store::new(Redis::connect(&url).await?)),
                Hand(Multiplexed::connect(&url).await?),
            ))
        })?;
        Ok(Self {
            budget,
            ours,
            hand,
            rslock: Rslock::new(url),
            workers,
            _server: server,
        })
    }
}
