use std::sync::Arc;

use tokio_postgres::{Client, NoTls, Statement};

use super::statements::{GET, PUT};
use crate::Result;
use crate::data::items::Item;
use crate::data::keys::{EventKey, encode_by_hand};
use crate::work::{Peer, decode, encode};

pub(in crate::groups) const AGAINST: &str = "tokio-postgres, one connection, pipelined";

/// One connection of tokio-postgres, which sends what all tasks ask without waiting for what was asked before.
#[derive(Clone)]
pub(in crate::groups) struct Pipelined {
    client: Arc<Client>,
    get: Statement,
    put: Statement,
}

impl Pipelined {
    /// The table is there already.
    pub(in crate::groups) async fn connect(url: &str) -> Result<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        // It ends with the client, and what goes wrong on the way comes to whoever asked.
        tokio::spawn(connection);
        Ok(Self {
            get: client.prepare(GET).await?,
            put: client.prepare(PUT).await?,
            client: Arc::new(client),
        })
    }
}

impl Peer for Pipelined {
    async fn get(&mut self, key: &EventKey) -> Result<Option<Item>> {
        let key = encode_by_hand(key);
        match self.client.query_opt(&self.get, &[&key]).await? {
            Some(row) => Ok(Some(decode(row.try_get(0)?)?)),
            None => Ok(None),
        }
    }

    async fn put(&mut self, key: &EventKey, item: &Item) -> Result<()> {
        let (key, value) = (encode_by_hand(key), encode(item)?);
        self.client.execute(&self.put, &[&key, &value]).await?;
        Ok(())
    }
}
