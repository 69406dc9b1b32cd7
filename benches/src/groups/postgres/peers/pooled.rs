use std::collections::HashMap;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use super::statements::{GET, GET_MANY, PUT, PUT_MANY, REPLACE, REVISIONS, TABLE};
use crate::Result;
use crate::data::items::Item;
use crate::data::keys::{EventKey, decode_by_hand, encode_by_hand};
use crate::work::{Entries, GetMany, Peer, PutMany, Replace, decode, encode};

pub(in crate::groups) const AGAINST: &str = "sqlx, pool of 16";

/// Of a pool, theirs and ours.
pub(in crate::groups) const CONNECTIONS: u32 = 16;

/// The pool of sqlx, which keeps the statements of each connection prepared.
#[derive(Clone)]
pub(in crate::groups) struct Pooled(PgPool);

impl Pooled {
    pub(in crate::groups) async fn connect(url: &str) -> Result<Self> {
        let options = PgPoolOptions::new().max_connections(CONNECTIONS);
        let pool = options.connect(url).await?;
        sqlx::raw_sql(TABLE).execute(&pool).await?;
        Ok(Self(pool))
    }

    /// Does at once for all tables what the server otherwise begins at some time of its own.
    pub(in crate::groups) async fn tidy(&self) -> Result<()> {
        for statement in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
            sqlx::raw_sql(statement).execute(&self.0).await?;
        }
        Ok(())
    }
}

impl Peer for Pooled {
    async fn get(&mut self, key: &EventKey) -> Result<Option<Item>> {
        let get = sqlx::query_scalar(GET).bind(encode_by_hand(key));
        let found: Option<Vec<u8>> = get.fetch_optional(&self.0).await?;
        found.as_deref().map(decode).transpose()
    }

    async fn put(&mut self, key: &EventKey, item: &Item) -> Result<()> {
        let put = sqlx::query(PUT)
            .bind(encode_by_hand(key))
            .bind(encode(item)?);
        put.execute(&self.0).await?;
        Ok(())
    }
}

impl GetMany for Pooled {
    async fn get_many(&mut self, keys: &[&EventKey]) -> Result<Vec<Option<Item>>> {
        let keys: Vec<_> = keys.iter().map(|key| encode_by_hand(key)).collect();
        let get = sqlx::query_as(GET_MANY).bind(&keys);
        let found: Vec<(Vec<u8>, Vec<u8>)> = get.fetch_all(&self.0).await?;
        let found: HashMap<_, _> = found.into_iter().collect();
        let values = keys.iter().map(|key| {
            let value = found.get(key);
            value.map(|value| decode(value)).transpose()
        });
        values.collect()
    }
}

impl PutMany for Pooled {
    async fn put_many(&mut self, entries: &[(&EventKey, &Item)]) -> Result<()> {
        let entries = entries.iter();
        let entries = entries.map(|(key, item)| Ok((encode_by_hand(key), encode(item)?)));
        let mut entries = entries.collect::<Result<Vec<_>>>()?;
        // In their order, or two of these may wait for each other.
        entries.sort_unstable();
        let (keys, values): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        let put = sqlx::query(PUT_MANY).bind(keys).bind(values);
        put.execute(&self.0).await?;
        Ok(())
    }
}

impl Replace for Pooled {
    async fn revisions(&mut self, entries: &Entries) -> Result<Vec<u64>> {
        let found: Vec<(Vec<u8>, i64)> = sqlx::query_as(REVISIONS).fetch_all(&self.0).await?;
        let found = found.into_iter().map(|(key, revision)| {
            let key = decode_by_hand(&key).ok_or("not a key")?;
            Ok((key, revision.cast_unsigned()))
        });
        entries.in_order(&found.collect::<Result<_>>()?)
    }

    async fn replace(&mut self, key: &EventKey, revision: u64, item: &Item) -> Result<u64> {
        let replace = sqlx::query_scalar(REPLACE)
            .bind(encode_by_hand(key))
            .bind(revision.cast_signed())
            .bind(encode(item)?);
        let written: Option<i64> = replace.fetch_optional(&self.0).await?;
        let written = written.ok_or("another revision stands there")?;
        Ok(written.cast_unsigned())
    }
}
