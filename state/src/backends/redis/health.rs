use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ::redis::{Value, cmd};

use super::Redis;
use super::facts::ServerInfo;
use super::link::{Address, Effect as Sent, Failure};
use super::reply;
use crate::backend::{Context, Health, Role, ServerHealth};
use crate::error::{Error, ErrorKind, Result};

impl Redis {
    /// Asks every primary. One that cannot be reached is told of, where another can.
    pub(super) async fn probe(&self, cx: &Context) -> Result<Health> {
        cx.check()?;
        let begun = Instant::now();
        let topology = self.link.topology();
        let asked = topology
            .primaries()
            .map(|address| async move { (address, self.probe_at(cx, address).await) });
        let answers = futures_util::future::join_all(asked).await;
        let latency = begun.elapsed();
        let mut servers = Vec::new();
        let mut failed = None;
        let mut is_served = false;
        for (address, answer) in answers {
            match answer {
                Ok(told) => {
                    is_served = true;
                    servers.extend(told);
                }
                Err(error) if is_of_the_way(&error) => {
                    let silent = ServerHealth::new(address.to_string());
                    servers.push(silent.role(Role::Primary));
                    failed = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        if !is_served {
            return Err(failed.unwrap_or_else(unserved));
        }
        let mut seen = BTreeSet::new();
        servers.retain(|server| seen.insert(server.address.clone()));
        Ok(Health::new(latency).on(servers))
    }

    /// The primary at this address, and the replicas that it tells of.
    async fn probe_at(&self, cx: &Context, address: &Address) -> Result<Vec<ServerHealth>> {
        let mut info = cmd("INFO");
        info.arg("replication");
        let answer = self
            .link
            .call_at(cx, address, vec![cmd("PING"), info])
            .await;
        let (_, answers) = answer.map_err(|failure| failure.into_error(Sent::Read))?;
        match answers.as_slice() {
            [Value::SimpleString(pong), info] if pong == "PONG" => Ok(servers(address, info)),
            [Value::ServerError(error), ..] => {
                Err(Failure::refused(error).at(address).into_error(Sent::Read))
            }
            _ => Err(reply::unexpected("PONG")),
        }
    }
}

/// Whether an error says that a server cannot be reached, and not that something is wrong.
fn is_of_the_way(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout)
}

fn unserved() -> Error {
    let message = "Redis: the Cluster serves no slot; try again when it does";
    Error::new(ErrorKind::Unavailable, message)
}

/// What a server tells of itself and its replicas. Where it may not be asked, it is a primary that answers.
fn servers(address: &Address, info: &Value) -> Vec<ServerHealth> {
    let text = match info {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes),
        Value::VerbatimString { text, .. } => text.as_str().into(),
        _ => "".into(),
    };
    let info = ServerInfo::parse(address.to_string(), &text);
    let itself = ServerHealth::new(info.address).answers(true);
    let itself = if info.role == "slave" {
        let heard = text
            .lines()
            .find_map(|line| line.strip_prefix("master_last_io_seconds_ago:"))
            .and_then(|seconds| seconds.trim().parse().ok());
        itself
            .role(Role::Replica)
            .lag(heard.map(Duration::from_secs))
    } else {
        itself.role(Role::Primary)
    };
    let replicas = info.replicas.into_iter().map(|replica| {
        ServerHealth::new(replica.address)
            .role(Role::Replica)
            .answers(replica.online)
            .lag(replica.lag)
    });
    std::iter::once(itself).chain(replicas).collect()
}
