use typed_state::Store;
use typed_state::backends::{Postgres, PostgresConfig};
use typed_state_tests::servers::{PostgresOptions, PostgresServer};

use super::peers::{CONNECTIONS, Pipelined, Pooled};
use crate::harness::Budget;
use crate::work::{Ground, Ours, many};
use crate::workers::Workers;
use crate::{Error, Result};

/// A server with the same entries for us and for the peers, and all of them connected.
pub(super) struct Bench {
    pub(super) ours: Ours<Postgres>,
    pub(super) pooled: Pooled,
    pub(super) pipelined: Pipelined,
    // The connections go before what they run on, and that before the server.
    pub(super) ground: Ground,
    _server: PostgresServer,
}

impl Bench {
    pub(super) fn start(budget: Budget) -> Result<Self> {
        let workers = Workers::start()?;
        let options = PostgresOptions::default().setting("shared_buffers", DEFAULT_BUFFERS);
        let server = workers.block_on(options.start())?;
        let url = server.url()?;
        let (ours, pooled, pipelined) = workers.block_on(async {
            let config = PostgresConfig::url(&url).pool_max(CONNECTIONS).build()?;
            Ok::<_, Error>((
                Ours(Store::new(Postgres::open(&config).await?)),
                Pooled::connect(&url).await?,
                Pipelined::connect(&url).await?,
            ))
        })?;
        let bench = Self {
            ours,
            pooled,
            pipelined,
            ground: Ground::new(budget, workers),
            _server: server,
        };
        many::fill(&bench.ground, &bench.ours)?;
        many::fill(&bench.ground, &bench.pooled)?;
        bench.ground.workers.block_on(bench.pooled.tidy())?;
        Ok(bench)
    }
}

/// What a server has by default; those of the tests have less.
const DEFAULT_BUFFERS: &str = "128MB";
