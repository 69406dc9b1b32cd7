use typed_state::backends::Redis;
use typed_state::{Revision, Store};

use super::{GetMany, Peer, Replace, ScanAll};
use crate::Result;
use crate::data::items::Item;
use crate::data::keys::EventKey;

/// The typed store on the Redis backend.
#[derive(Clone)]
pub(in crate::groups::redis) struct Ours(Store<Redis>);

impl Ours {
    pub(in crate::groups::redis) async fn connect(url: &str) -> Result<Self> {
        Ok(Self(Store::new(Redis::connect(url).await?)))
    }
}

impl Peer for Ours {
    async fn get(&mut self, key: &EventKey) -> Result<Option<Item>> {
        Ok(self.0.get(key).await?)
    }

    async fn put(&mut self, key: &EventKey, item: &Item) -> Result<()> {
        self.0.put(key, item).await?;
        Ok(())
    }
}

impl GetMany for Ours {
    async fn get_many(&mut self, keys: &[&EventKey]) -> Result<Vec<Option<Item>>> {
        Ok(self.0.get_many(keys.iter().copied()).await?)
    }
}

impl Replace for Ours {
    async fn begin(&mut self, key: &EventKey, item: &Item) -> Result<u64> {
        Ok(self.0.put(key, item).await?.to_bits())
    }

    async fn replace(&mut self, key: &EventKey, revision: u64, item: &Item) -> Result<u64> {
        let known = Revision::from_bits(revision);
        Ok(self.0.replace(key, known, item).await?.to_bits())
    }
}

impl ScanAll for Ours {
    async fn scan_all(&mut self) -> Result<Vec<(EventKey, Item)>> {
        Ok(self.0.scan::<EventKey>().collect().await?)
    }
}
