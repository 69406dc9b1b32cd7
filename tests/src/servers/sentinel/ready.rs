use std::collections::HashMap;

use redis::from_redis_value;
use typed_state::testing::TestResult;

use super::SERVICE;
use super::set::SentinelSet;
use crate::servers::server::RedisServer;
use crate::servers::wait;

type Fields = HashMap<String, String>;

impl SentinelSet {
    /// Waits until all are there and know of each other, as at the start; for instance after a server has been
    /// started again.
    ///
    /// # Errors
    /// Where that does not happen in time; what was missing is told.
    ///
    /// Cancellation: the sentinels may stay busier than they were.
    pub async fn wait_until_ready(&self) -> TestResult {
        self.hurry(true).await?;
        wait::until("the Sentinel set is ready", || self.is_ready()).await?;
        self.hurry(false).await
    }

    async fn is_ready(&self) -> TestResult<Option<()>> {
        let replicas = self.servers.len() - 1;
        let master = self.master().await?;
        let info = master.command(&["INFO", "replication"]).await?;
        let online = from_redis_value::<String>(info)?
            .matches("state=online")
            .count();
        if online != replicas {
            return Err(format!("{online} of {replicas} replicas are online").into());
        }
        for sentinel in &self.sentinels {
            self.knows_all(sentinel).await?;
        }
        Ok(Some(()))
    }

    async fn knows_all(&self, sentinel: &RedisServer) -> TestResult {
        let known = sentinel.command(&["SENTINEL", "MASTER", SERVICE]).await?;
        let known: Fields = from_redis_value(known)?;
        expect(&known, "flags", &"master")?;
        expect(&known, "num-other-sentinels", &(self.sentinels.len() - 1))?;
        expect(&known, "num-slaves", &(self.servers.len() - 1))?;
        let replicas = sentinel.command(&["SENTINEL", "REPLICAS", SERVICE]).await?;
        for replica in from_redis_value::<Vec<Fields>>(replicas)? {
            expect(&replica, "flags", &"slave")?;
            expect(&replica, "master-link-status", &"ok")?;
        }
        sentinel.command(&["SENTINEL", "CKQUORUM", SERVICE]).await?;
        Ok(())
    }

    /// Sentinels tell each other of themselves every 2 s and ask the servers every 10 s, which would be most of the
    /// time to become ready. Otherwise they are as they always are, but for the 30 s for which they do nothing where the
    /// machine was too busy to let them run.
    async fn hurry(&self, hurry: bool) -> TestResult {
        let (publish, info) = if hurry {
            ("100", "200")
        } else {
            ("2000", "10000")
        };
        for sentinel in &self.sentinels {
            for (period, millis) in [
                ("PUBLISH-PERIOD", publish),
                ("INFO-PERIOD", info),
                ("TILT-PERIOD", "2000"),
            ] {
                sentinel
                    .command(&["SENTINEL", "DEBUG", period, millis])
                    .await?;
            }
        }
        Ok(())
    }
}

fn expect(fields: &Fields, name: &str, expected: &impl ToString) -> TestResult {
    let expected = expected.to_string();
    match fields.get(name) {
        Some(value) if *value == expected => Ok(()),
        value => Err(format!("a sentinel says {value:?} for {name}, not {expected}").into()),
    }
}
