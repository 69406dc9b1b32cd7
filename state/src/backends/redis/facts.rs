//! What the servers say of themselves.

use std::collections::HashMap;
use std::time::Duration;

use ::redis::{Value, cmd};

use super::Redis;
use super::link::{Call, Command, Effect as Sent, Failure, PoolState, Target};
use super::reply;
use crate::backend::{Context, Key, Observation, Observed};
use crate::error::Result;

/// A primary, as it describes itself (`INFO`). What a server does not tell is empty or zero.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerInfo {
    /// Where it is.
    pub address: String,
    /// Its version, such as `7.0.15`.
    pub version: String,
    /// `standalone`, `sentinel` or `cluster`.
    pub mode: String,
    /// `master` or `slave`, in Redis's words.
    pub role: String,
    /// How long it has been running.
    pub uptime: Duration,
    /// How many clients are connected.
    pub clients: u64,
    /// How many keys all databases hold, whoever wrote them.
    pub keys: u64,
    /// Its memory.
    pub memory: MemoryInfo,
    /// Where its replicas are, and how far behind.
    pub replicas: Vec<ReplicaInfo>,
}

/// The memory of a server, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryInfo {
    /// What its data and buffers take.
    pub used: u64,
    /// The most that `used` was.
    pub peak: u64,
    /// What the operating system has given it.
    pub resident: u64,
    /// The most it may use; `None` for no limit.
    pub limit: Option<u64>,
    /// What happens at the limit. Anything but `noeviction` loses state.
    pub eviction_policy: String,
}

/// A replica, as its primary sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplicaInfo {
    /// Where it is.
    pub address: String,
    /// Whether it follows (`online`), or is being brought up to date.
    pub online: bool,
    /// How many bytes of the primary's stream it has not acknowledged.
    pub behind: u64,
    /// How long ago it last said something.
    pub lag: Duration,
}

impl Redis {
    /// Every primary, as it describes itself.
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// Where one of them cannot be asked.
    pub async fn server_info(&self) -> Result<Vec<ServerInfo>> {
        let cx = &Context::new();
        let topology = self.link.topology();
        let asked = topology.primaries().map(|address| async move {
            let answer = self.link.call_at(cx, address, vec![cmd("INFO")]).await;
            let (_, answers) = answer.map_err(|failure| failure.into_error(Sent::Read))?;
            let text = match answers.into_iter().next() {
                Some(Value::VerbatimString { text, .. }) => text,
                Some(Value::ServerError(error)) => {
                    return Err(Failure::refused(&error).into_error(Sent::Read));
                }
                answer => {
                    let text = reply::bytes(answer.unwrap_or(Value::Nil))?.unwrap_or_default();
                    String::from_utf8_lossy(&text).into_owned()
                }
            };
            Ok(ServerInfo::parse(address.to_string(), &text))
        });
        futures_util::future::try_join_all(asked).await
    }

    /// How many bytes the entry under a key takes in the server, with all overhead; `None` where there is none.
    ///
    /// Cancellation: nothing is left behind.
    pub async fn memory_usage(&self, key: &Key) -> Result<Option<u64>> {
        let named = self.name(key);
        let mut usage = cmd("MEMORY");
        usage.arg("USAGE").arg(&named.name[..]);
        let call = Call {
            slot: named.slot,
            command: Command::Plain(usage),
            effect: Sent::Read,
            target: Target::Primary,
        };
        let answer = self.link.call(&Context::new(), call).await;
        match answer.map_err(|failure| failure.into_error(Sent::Read))? {
            Value::Nil => Ok(None),
            bytes => Ok(Some(reply::integer(&bytes)?.unsigned_abs())),
        }
    }

    /// The connections as they are now, without asking anybody.
    pub fn pool_state(&self) -> PoolState {
        self.link.pool_state()
    }
}

impl Observed for Redis {
    fn observations(&self) -> Vec<Observation> {
        let pool = self.pool_state();
        Observation::of_pool([
            ("active", pool.size.saturating_sub(pool.idle)),
            ("idle", pool.idle),
            ("waiting", pool.waiting),
            ("shared", pool.connected),
        ])
    }
}

impl ServerInfo {
    pub(super) fn parse(address: String, info: &str) -> Self {
        let facts: HashMap<&str, &str> = info
            .lines()
            .filter_map(|line| line.split_once(':'))
            .collect();
        let text = |name: &str| facts.get(name).copied().unwrap_or_default().to_owned();
        let number = |name: &str| {
            facts
                .get(name)
                .and_then(|fact| fact.parse().ok())
                .unwrap_or(0)
        };
        let offset = number("master_repl_offset");
        let mut replicas: Vec<(&str, ReplicaInfo)> = facts
            .iter()
            .filter_map(|(name, fact)| Some((*name, ReplicaInfo::parse(name, fact, offset)?)))
            .collect();
        replicas.sort_by_key(|(name, _)| *name);
        Self {
            address,
            version: text("redis_version"),
            mode: text("redis_mode"),
            role: text("role"),
            uptime: Duration::from_secs(number("uptime_in_seconds")),
            clients: number("connected_clients"),
            keys: facts
                .iter()
                .filter_map(|(name, fact)| keys_of(name, fact))
                .sum(),
            memory: MemoryInfo {
                used: number("used_memory"),
                peak: number("used_memory_peak"),
                resident: number("used_memory_rss"),
                limit: Some(number("maxmemory")).filter(|&limit| limit > 0),
                eviction_policy: text("maxmemory_policy"),
            },
            replicas: replicas.into_iter().map(|(_, replica)| replica).collect(),
        }
    }
}

impl ReplicaInfo {
    /// Of `slave0:ip=…,port=…,state=online,offset=…,lag=…`.
    fn parse(name: &str, fact: &str, primary_offset: u64) -> Option<Self> {
        name.strip_prefix("slave")?.parse::<u32>().ok()?;
        let parts: HashMap<&str, &str> = fact
            .split(',')
            .filter_map(|part| part.split_once('='))
            .collect();
        let number = |name: &str| {
            parts
                .get(name)
                .and_then(|part| part.parse().ok())
                .unwrap_or(0)
        };
        Some(Self {
            address: format!("{}:{}", parts.get("ip")?, parts.get("port")?),
            online: parts.get("state") == Some(&"online"),
            behind: primary_offset.saturating_sub(number("offset")),
            lag: Duration::from_secs(number("lag")),
        })
    }
}

/// How many keys a database has, of `db0:keys=…,expires=…`.
fn keys_of(name: &str, fact: &str) -> Option<u64> {
    name.strip_prefix("db")?.parse::<u32>().ok()?;
    fact.strip_prefix("keys=")?.split(',').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::ServerInfo;

    #[test]
    fn an_answer_is_read() {
        let info = "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nuptime_in_seconds:5\r\n\
            connected_clients:3\r\nused_memory:1000\r\nused_memory_peak:2000\r\nused_memory_rss:3000\r\nmaxmemory:0\r\n\
            maxmemory_policy:noeviction\r\nrole:master\r\nconnected_slaves:1\r\nmaster_repl_offset:110\r\n\
            slave0:ip=127.0.0.1,port=7001,state=online,offset=100,lag=1\r\ndb0:keys=2,expires=1,avg_ttl=0\r\n\
            db3:keys=40,expires=0,avg_ttl=0\r\n";
        let info = ServerInfo::parse("a:1".to_owned(), info);
        assert_eq!(
            (info.version.as_str(), info.role.as_str()),
            ("7.0.15", "master")
        );
        assert_eq!(
            (info.uptime, info.clients, info.keys),
            (Duration::from_secs(5), 3, 42)
        );
        assert_eq!((info.memory.used, info.memory.limit), (1_000, None));
        let [replica] = &info.replicas[..] else {
            panic!("one replica: {info:?}")
        };
        assert_eq!(
            (replica.address.as_str(), replica.behind),
            ("127.0.0.1:7001", 10)
        );
        assert!(replica.online && replica.lag == Duration::from_secs(1));
    }

    proptest! {
        #[test]
        fn any_answer_is_read(info: String) {
            ServerInfo::parse(String::new(), &info);
        }
    }
}
