use redis::from_redis_value;
use typed_state::testing::TestResult;

use super::nodes::RedisCluster;
use super::view::{self, View};
use crate::servers::client::CONTROL;
use crate::servers::server::RedisServer;

impl RedisCluster {
    /// Moves a slot with all its keys from its master to another, and tells all masters.
    ///
    /// # Errors
    /// Where a node refuses; the slot may then be half moved.
    ///
    /// Cancellation: the slot may be half moved.
    pub async fn move_slot(&self, slot: u16, from: &RedisServer, to: &RedisServer) -> TestResult {
        self.half_move_slot(slot, from, to).await?;
        self.finish_move(slot, from, to).await
    }

    /// Begins to move a slot and stops after half of its keys, rounded up, which are returned: `from` answers with
    /// `ASK` for these and for keys that are nowhere, and with `TRYAGAIN` for some with others.
    ///
    /// # Errors
    /// Where a node refuses.
    ///
    /// Cancellation: some of the keys may have been moved.
    pub async fn half_move_slot(
        &self,
        slot: u16,
        from: &RedisServer,
        to: &RedisServer,
    ) -> TestResult<Vec<Vec<u8>>> {
        let name = slot.to_string();
        let (source, target) = (view::id(from).await?, view::id(to).await?);
        to.command(&["CLUSTER", "SETSLOT", &name, "IMPORTING", &source])
            .await?;
        from.command(&["CLUSTER", "SETSLOT", &name, "MIGRATING", &target])
            .await?;
        let count = from.command(&["CLUSTER", "COUNTKEYSINSLOT", &name]).await?;
        let count: u64 = from_redis_value(count)?;
        migrate(slot, count.div_ceil(2), from, to).await
    }

    /// Ends what [`half_move_slot`](Self::half_move_slot) began.
    ///
    /// # Errors
    /// Where a node refuses.
    ///
    /// Cancellation: some of the keys may have been moved, and some masters told.
    pub async fn finish_move(&self, slot: u16, from: &RedisServer, to: &RedisServer) -> TestResult {
        while !migrate(slot, 1_000, from, to).await?.is_empty() {}
        let (name, id) = (slot.to_string(), view::id(to).await?);
        // Its new master first, then its old one, so that there always is one; the others hear of it anyway.
        let mut masters = vec![to, from];
        for row in View::of(to).await?.rows {
            let others = row.master.is_none() && row.port != to.port() && row.port != from.port();
            if others {
                masters.push(self.node(row.port)?);
            }
        }
        for master in masters {
            if master.is_running()? {
                master
                    .command(&["CLUSTER", "SETSLOT", &name, "NODE", &id])
                    .await?;
            }
        }
        Ok(())
    }
}

/// Moves up to so many keys of a slot, and returns them.
async fn migrate(
    slot: u16,
    count: u64,
    from: &RedisServer,
    to: &RedisServer,
) -> TestResult<Vec<Vec<u8>>> {
    let (slot, count) = (slot.to_string(), count.to_string());
    let keys = from
        .command(&["CLUSTER", "GETKEYSINSLOT", &slot, &count])
        .await?;
    let keys: Vec<Vec<u8>> = from_redis_value(keys)?;
    if keys.is_empty() {
        return Ok(keys);
    }
    let port = to.port().to_string();
    let options = [
        "MIGRATE",
        "127.0.0.1",
        &port,
        "",
        "0",
        "5000",
        "AUTH2",
        CONTROL,
        CONTROL,
        "KEYS",
    ];
    let mut command: Vec<&[u8]> = options.iter().map(|option| option.as_bytes()).collect();
    command.extend(keys.iter().map(Vec::as_slice));
    from.command(&command).await?;
    Ok(keys)
}
