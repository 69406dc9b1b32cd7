use std::time::Duration;

use typed_state::backends::Redis;
use typed_state::layer::{Batch, BatchLayer, Layer as _};
use typed_state::{Store, Ttl};
use typed_state_tests::servers::RedisServer;

use super::Sides;
use super::distance::away;
use super::expiring::{Expiring, MILLIS};
use crate::groups::redis::peers::{FRED, Fred, MULTIPLEXED, Multiplexed, POOLED, Pooled};
use crate::harness::{Budget, Contest, Figure};
use crate::work::point::Put;
use crate::work::{Ground, Ours, Peer, cas, point};
use crate::workers::Workers;
use crate::{Error, Result};

/// How long the way to a server takes that is not on this machine.
const WAY: Duration = Duration::from_micros(500);

/// A server with the same entries for us and for the peers.
struct Bench {
    ground: Ground,
    server: RedisServer,
}

/// All of them connected, to one address.
struct Connected {
    ours: Ours<Batch<Redis>>,
    multiplexed: Multiplexed,
    fred: Fred,
}

pub(super) fn figures(budget: Budget) -> Result<Vec<Figure>> {
    let workers = Workers::start()?;
    let server = workers.block_on(RedisServer::options().start())?;
    let bench = Bench {
        ground: Ground::new(budget, workers),
        server,
    };
    let address = bench.server.address().to_string();
    let near = bench.connect(&address)?;
    bench.fill(&near.ours)?;
    bench.fill(&near.multiplexed)?;
    let mut figures = bench.reads(&near)?;
    figures.push(bench.far()?);
    figures.extend(bench.writes(&near)?);
    figures.push(bench.replaced(&near)?);
    let pooled = Pooled::connect(&url(&address, 1))?;
    let contest = Contest::new("batch/redis-get-64-pool", POOLED, 8.0);
    figures.push(point::get(&bench.ground, contest, 64, &near.ours, &pooled)?);
    Ok(figures)
}

/// Each side has a database of its own.
fn url(address: &str, database: u8) -> String {
    format!("redis://{address}/{database}")
}

impl Bench {
    fn connect(&self, address: &str) -> Result<Connected> {
        let (ours, theirs) = (url(address, 0), url(address, 1));
        self.ground.workers.block_on(async {
            Ok::<_, Error>(Connected {
                ours: Ours(Store::new(
                    BatchLayer::new().over(Redis::connect(&ours).await?),
                )),
                multiplexed: Multiplexed::connect(&theirs).await?,
                fred: Fred::connect(&theirs).await?,
            })
        })
    }

    fn fill(&self, peer: &impl Peer) -> Result<()> {
        let put = |draw| Put::new(&self.ground, peer, draw);
        self.ground.for_all(64, 1, put)?;
        Ok(())
    }

    fn sides<'b>(&'b self, to: &'b Connected) -> Sides<'b, Ours<Batch<Redis>>, Multiplexed, Fred> {
        Sides {
            ground: &self.ground,
            ours: &to.ours,
            theirs: (MULTIPLEXED, &to.multiplexed),
            others: (FRED, &to.fred),
        }
    }

    fn reads(&self, near: &Connected) -> Result<Vec<Figure>> {
        let Connected {
            ours, multiplexed, ..
        } = near;
        let mut figures = Vec::new();
        for (tasks, goal) in [(1, 0.95), (16, 0.9)] {
            let name = format!("batch/redis-get-{tasks}");
            let contest = Contest::new(name, MULTIPLEXED, goal);
            figures.push(point::get(&self.ground, contest, tasks, ours, multiplexed)?);
        }
        let sides = self.sides(near);
        for (tasks, goal) in [(64, 1.2), (256, 1.3), (1_024, 1.8)] {
            let name = format!("batch/redis-get-{tasks}");
            figures.push(sides.get(&name, tasks, goal)?);
        }
        Ok(figures)
    }

    /// Both sides, farther away.
    fn far(&self) -> Result<Figure> {
        let far = away(self.server.address(), WAY)?;
        let far = self.connect(&far.to_string())?;
        self.sides(&far).get("batch/redis-get-64-rtt", 64, 1.5)
    }

    /// What is written expires.
    fn writes(&self, near: &Connected) -> Result<Vec<Figure>> {
        let ttl = Ttl::from_millis(MILLIS.into()).ok_or("no time to live")?;
        let ours = Ours(near.ours.0.with_expiry(ttl));
        let multiplexed = Expiring(near.multiplexed.clone());
        let fred = Expiring(near.fred.clone());
        let sides = Sides {
            ground: &self.ground,
            ours: &ours,
            theirs: (MULTIPLEXED, &multiplexed),
            others: (FRED, &fred),
        };
        Ok(vec![
            sides.put("batch/redis-put-64", 64, 1.2)?,
            sides.put("batch/redis-put-1024", 1_024, 1.6)?,
        ])
    }

    fn replaced(&self, near: &Connected) -> Result<Figure> {
        let theirs = url(&self.server.address().to_string(), 2);
        let theirs = self
            .ground
            .workers
            .block_on(Multiplexed::connect(&theirs))?;
        let contest = Contest::new(
            "batch/redis-cas-64",
            "redis-rs, EVALSHA of a script by hand",
            1.3,
        );
        cas::replace(&self.ground, contest, 64, &near.ours, &theirs)
    }
}
