use redis::AsyncCommands as _;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use typed_state::Store;
use typed_state::backends::Redis;
use typed_state::layer::{BatchLayer, Layer as _};
use typed_state_tests::redis::of_cluster;
use typed_state_tests::servers::{RedisCluster, RedisServer};

use crate::data::items::Item;
use crate::data::keys::{EventKey, encode_by_hand};
use crate::harness::{Budget, Contest, Figure};
use crate::work::point::Put;
use crate::work::{Ground, Ours, Peer, decode, encode, point};
use crate::workers::Workers;
use crate::{Error, Result};

/// The connection of redis-rs to a cluster, a clone for each task.
#[derive(Clone)]
struct Clustered(ClusterConnection);

/// Names that no entry of ours has.
fn name(key: &EventKey) -> Vec<u8> {
    let mut name = b"theirs:".to_vec();
    name.extend(encode_by_hand(key));
    name
}

impl Peer for Clustered {
    async fn get(&mut self, key: &EventKey) -> Result<Option<Item>> {
        let found: Option<Vec<u8>> = self.0.get(name(key)).await?;
        found.as_deref().map(decode).transpose()
    }

    async fn put(&mut self, key: &EventKey, item: &Item) -> Result<()> {
        Ok(self.0.set(name(key), encode(item)?).await?)
    }
}

pub(super) fn figures(budget: Budget) -> Result<Vec<Figure>> {
    let workers = Workers::start()?;
    let cluster = workers.block_on(RedisCluster::start(RedisServer::options()))?;
    let nodes = cluster.addresses().into_iter();
    let nodes: Vec<_> = nodes.map(|node| format!("redis://{node}")).collect();
    let (ours, theirs) = workers.block_on(async {
        let ours = Redis::open(&of_cluster(&cluster).build()?).await?;
        let theirs = ClusterClient::new(nodes)?.get_async_connection().await?;
        Ok::<_, Error>((
            Ours(Store::new(BatchLayer::new().over(ours))),
            Clustered(theirs),
        ))
    })?;
    let ground = Ground::new(budget, workers);
    ground.for_all(64, 1, |draw| Put::new(&ground, &ours, draw))?;
    ground.for_all(64, 1, |draw| Put::new(&ground, &theirs, draw))?;
    let contest = Contest::new("batch/cluster-get-64", "redis-rs cluster_async", 1.8);
    Ok(vec![point::get(&ground, contest, 64, &ours, &theirs)?])
}
