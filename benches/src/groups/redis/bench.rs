use typed_state::Store;
use typed_state::backends::Redis;
use typed_state_tests::servers::RedisServer;

use super::TASKS;
use super::peers::{Fred, Multiplexed, Pooled};
use crate::harness::Budget;
use crate::work::point::Put;
use crate::work::{Ground, Ours, Peer};
use crate::workers::Workers;
use crate::{Error, Result};

/// A server with the same entries for us and for the peers, and all of them connected.
pub(super) struct Bench {
    pub(super) ours: Ours<Redis>,
    pub(super) multiplexed: Multiplexed,
    pub(super) pooled: Pooled,
    pub(super) fred: Fred,
    // The connections go before what they run on, and that before the server.
    pub(super) ground: Ground,
    server: RedisServer,
}

impl Bench {
    pub(super) fn start(budget: Budget) -> Result<Self> {
        let workers = Workers::start()?;
        let server = workers.block_on(RedisServer::options().start())?;
        let (ours, theirs) = (database(&server, 0)?, database(&server, 1)?);
        let (ours, multiplexed, pooled, fred) = workers.block_on(async {
            Ok::<_, Error>((
                Ours(Store::new(Redis::connect(&ours).await?)),
                Multiplexed::connect(&theirs).await?,
                Pooled::connect(&theirs)?,
                Fred::connect(&theirs).await?,
            ))
        })?;
        let bench = Self {
            ours,
            multiplexed,
            pooled,
            fred,
            ground: Ground::new(budget, workers),
            server,
        };
        bench.fill(&bench.ours)?;
        bench.fill(&bench.multiplexed)?;
        Ok(bench)
    }

    fn fill(&self, peer: &impl Peer) -> Result<()> {
        let put = |draw| Put::new(&self.ground, peer, draw);
        self.ground.for_all(TASKS, 1, put)?;
        Ok(())
    }

    /// The URL of a database that holds nothing yet.
    pub(super) fn empty_database(&self) -> Result<String> {
        database(&self.server, 2)
    }
}

/// Each side has a database of its own, so that a scan of one finds nothing of the other's.
fn database(server: &RedisServer, number: u8) -> Result<String> {
    Ok(format!("{}{number}", server.url()?))
}
