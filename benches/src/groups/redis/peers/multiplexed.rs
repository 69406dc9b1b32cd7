use std::sync::LazyLock;

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands as _, Client, Script};

use super::ScanAll;
use crate::Result;
use crate::data::items::Item;
use crate::data::keys::{EventKey, decode_by_hand, encode_by_hand};
use crate::work::{Entries, GetMany, Peer, Replace, decode, decode_all, encode};

pub(in crate::groups) const AGAINST: &str = "redis-rs multiplexed";

/// One connection of redis-rs for all tasks, a clone for each.
#[derive(Clone)]
pub(in crate::groups) struct Multiplexed(MultiplexedConnection);

impl Multiplexed {
    pub(in crate::groups) async fn connect(url: &str) -> Result<Self> {
        let client = Client::open(url)?;
        Ok(Self(client.get_multiplexed_async_connection().await?))
    }

    pub(in crate::groups) fn connection(&mut self) -> &mut MultiplexedConnection {
        &mut self.0
    }
}

impl Peer for Multiplexed {
    async fn get(&mut self, key: &EventKey) -> Result<Option<Item>> {
        let found: Option<Vec<u8>> = self.0.get(encode_by_hand(key)).await?;
        found.as_deref().map(decode).transpose()
    }

    async fn put(&mut self, key: &EventKey, item: &Item) -> Result<()> {
        Ok(self.0.set(encode_by_hand(key), encode(item)?).await?)
    }
}

impl GetMany for Multiplexed {
    async fn get_many(&mut self, keys: &[&EventKey]) -> Result<Vec<Option<Item>>> {
        let names: Vec<_> = keys.iter().map(|key| encode_by_hand(key)).collect();
        let found: Vec<Option<Vec<u8>>> = self.0.mget(names).await?;
        decode_all(&found)
    }
}

/// Compares the eight bytes of the version before the value.
static COMPARE_AND_SET: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1] then return 0 end
         redis.call('SET', KEYS[1], ARGV[2])
         return 1",
    )
});

/// A version and a value.
fn versioned(version: u64, item: &Item) -> Result<Vec<u8>> {
    let mut bytes = version.to_be_bytes().to_vec();
    rmp_serde::encode::write_named(&mut bytes, item)?;
    Ok(bytes)
}

impl Replace for Multiplexed {
    async fn revisions(&mut self, entries: &Entries) -> Result<Vec<u64>> {
        let entries: Vec<_> = entries.iter().collect();
        for entries in entries.chunks(1_000) {
            let entries = entries.iter();
            let values = entries.map(|(key, item)| Ok((encode_by_hand(key), versioned(1, item)?)));
            let values = values.collect::<Result<Vec<_>>>()?;
            let () = self.0.mset(&values).await?;
        }
        Ok(vec![1; entries.len()])
    }

    async fn replace(&mut self, key: &EventKey, revision: u64, item: &Item) -> Result<u64> {
        let next = revision + 1;
        let mut call = COMPARE_AND_SET.prepare_invoke();
        call.key(encode_by_hand(key))
            .arg(&revision.to_be_bytes())
            .arg(versioned(next, item)?);
        if call.invoke_async(&mut self.0).await? {
            Ok(next)
        } else {
            Err("another version stands there".into())
        }
    }
}

impl ScanAll for Multiplexed {
    /// Every request reads the values of the names that came before, and the next names.
    async fn scan_all(&mut self) -> Result<Vec<(EventKey, Item)>> {
        let scan = |cursor: u64| {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor)
                .arg("MATCH")
                .arg("events\0*")
                .arg("COUNT")
                .arg(1_000);
            scan
        };
        let mut all = Vec::new();
        let (mut cursor, mut names): (u64, Vec<Vec<u8>>) = scan(0).query_async(&mut self.0).await?;
        loop {
            let mut pipeline = redis::pipe();
            if cursor != 0 {
                pipeline.add_command(scan(cursor));
            }
            let values: Vec<Option<Vec<u8>>>;
            let mut next = (0, Vec::new());
            pipeline.mget(&names);
            if cursor == 0 {
                (values,) = pipeline.query_async(&mut self.0).await?;
            } else {
                (next, values) = pipeline.query_async(&mut self.0).await?;
            }
            for (name, value) in names.iter().zip(values) {
                if let Some(value) = value {
                    let key = decode_by_hand(name).ok_or("not a key")?;
                    all.push((key, decode(&value)?));
                }
            }
            if cursor == 0 {
                return Ok(all);
            }
            (cursor, names) = next;
        }
    }
}
