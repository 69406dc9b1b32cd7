use bytes::Bytes;
use fred::clients::Client;
use fred::interfaces::{ClientLike as _, KeysInterface as _};
use fred::types::config::{Config, TcpConfig};
use fred::types::{Builder, Key};

use crate::Result;
use crate::data::items::Item;
use crate::data::keys::{EventKey, encode_by_hand};
use crate::work::{GetMany, Peer, decode, decode_all, encode};

pub(in crate::groups) const AGAINST: &str = "fred, one client";

/// One client for all tasks, set up as in its first example.
#[derive(Clone)]
pub(in crate::groups) struct Fred(Client);

impl Fred {
    pub(in crate::groups) async fn connect(url: &str) -> Result<Self> {
        let client = Builder::from_config(Config::from_url(url)?)
            .with_connection_config(|config| {
                config.tcp = TcpConfig {
                    nodelay: Some(true),
                    ..Default::default()
                };
            })
            .build()?;
        client.init().await?;
        Ok(Self(client))
    }

    pub(in crate::groups) fn client(&self) -> &Client {
        &self.0
    }
}

fn name(key: &EventKey) -> Key {
    Bytes::from(encode_by_hand(key)).into()
}

impl Peer for Fred {
    async fn get(&mut self, key: &EventKey) -> Result<Option<Item>> {
        let found: Option<Bytes> = self.0.get(name(key)).await?;
        found.as_deref().map(decode).transpose()
    }

    async fn put(&mut self, key: &EventKey, item: &Item) -> Result<()> {
        let value = Bytes::from(encode(item)?);
        Ok(self.0.set(name(key), value, None, None, false).await?)
    }
}

impl GetMany for Fred {
    async fn get_many(&mut self, keys: &[&EventKey]) -> Result<Vec<Option<Item>>> {
        let names: Vec<Key> = keys.iter().map(|key| name(key)).collect();
        let found: Vec<Option<Bytes>> = self.0.mget(names).await?;
        decode_all(&found)
    }
}
