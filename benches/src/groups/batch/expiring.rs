use bytes::Bytes;
use fred::interfaces::KeysInterface as _;
use fred::types::Expiration;
use redis::AsyncCommands as _;

use crate::Result;
use crate::data::items::Item;
use crate::data::keys::{EventKey, encode_by_hand};
use crate::groups::redis::peers::{Fred, Multiplexed};
use crate::work::{Peer, encode};

/// How long what is written lives.
pub(super) const MILLIS: u32 = 600_000;

/// The same client, whose entries expire.
#[derive(Clone)]
pub(super) struct Expiring<P>(pub(super) P);

impl Peer for Expiring<Multiplexed> {
    async fn get(&mut self, key: &EventKey) -> Result<Option<Item>> {
        self.0.get(key).await
    }

    async fn put(&mut self, key: &EventKey, item: &Item) -> Result<()> {
        let connection = self.0.connection();
        let (key, value) = (encode_by_hand(key), encode(item)?);
        Ok(connection.pset_ex(key, value, MILLIS.into()).await?)
    }
}

impl Peer for Expiring<Fred> {
    async fn get(&mut self, key: &EventKey) -> Result<Option<Item>> {
        self.0.get(key).await
    }

    async fn put(&mut self, key: &EventKey, item: &Item) -> Result<()> {
        let client = self.0.client();
        let value = Bytes::from(encode(item)?);
        let expires = Some(Expiration::PX(MILLIS.into()));
        let key = Bytes::from(encode_by_hand(key));
        Ok(client.set(key, value, expires, None, false).await?)
    }
}
