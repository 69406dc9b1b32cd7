use deadpool_redis::redis::AsyncCommands as _;
use deadpool_redis::{Config, Pool, PoolConfig, Runtime};

use crate::Result;
use crate::data::items::Item;
use crate::data::keys::{EventKey, encode_by_hand};
use crate::work::{Peer, decode, encode};

pub(in crate::groups) const AGAINST: &str = "deadpool-redis, pool of 16, a checkout each";

const CONNECTIONS: usize = 16;

/// A connection of a pool for each operation.
#[derive(Clone)]
pub(in crate::groups) struct Pooled(Pool);

impl Pooled {
    pub(in crate::groups) fn connect(url: &str) -> Result<Self> {
        let mut config = Config::from_url(url);
        config.pool = Some(PoolConfig::new(CONNECTIONS));
        Ok(Self(config.create_pool(Some(Runtime::Tokio1))?))
    }
}

impl Peer for Pooled {
    async fn get(&mut self, key: &EventKey) -> Result<Option<Item>> {
        let mut connection = self.0.get().await?;
        let found: Option<Vec<u8>> = connection.get(encode_by_hand(key)).await?;
        drop(connection);
        found.as_deref().map(decode).transpose()
    }

    async fn put(&mut self, key: &EventKey, item: &Item) -> Result<()> {
        let mut connection = self.0.get().await?;
        Ok(connection.set(encode_by_hand(key), encode(item)?).await?)
    }
}
