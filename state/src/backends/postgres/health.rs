use std::time::Instant;

use futures_util::future::join;
use tokio::time::timeout_at;

use super::Postgres;
use super::bind::{Bind, read};
use super::link::{Effect, Failure};
use super::row;
use crate::backend::{Context, Health, Role, ServerHealth};
use crate::error::{Error, ErrorKind, Result};

impl Postgres {
    /// Asks the primary whether it is one, and whether the table can be read; and all hosts, where there are several, how far
    /// they are.
    pub(super) async fn probe(&self, cx: &Context) -> Result<Health> {
        cx.check()?;
        let (health, servers) = join(self.probe_primary(cx), self.servers(cx)).await;
        Ok(health?.on(servers))
    }

    async fn probe_primary(&self, cx: &Context) -> Result<Health> {
        let begun = Instant::now();
        let request = read(&self.statements.probe, |_| Bind::default().done());
        let rows = self.link.call(cx, request).await;
        let rows = rows.map_err(|failure: Failure| failure.into_error(Effect::Read))?;
        match rows.first().map(|row| row::column(row, "writable")) {
            Some(Ok(true)) => Ok(Health::new(begun.elapsed())),
            Some(Err(error)) => Err(error),
            _ => Err(Error::new(
                ErrorKind::Unavailable,
                "PostgreSQL: the server follows another and refuses writes; try again after the failover",
            )),
        }
    }

    async fn servers(&self, cx: &Context) -> Vec<ServerHealth> {
        if let [only] = &self.link.addresses()[..] {
            let only = ServerHealth::new(*only).role(Role::Primary);
            return vec![only.answers(true)];
        }
        let limit = self.link.deadline(cx);
        let hosts = timeout_at(limit.into(), self.link.hosts()).await;
        let hosts = hosts.unwrap_or_default().into_iter();
        hosts
            .map(|host| {
                let server = ServerHealth::new(host.address).answers(host.reachable);
                match (host.reachable, host.primary) {
                    (false, _) => server,
                    (true, true) => server.role(Role::Primary),
                    (true, false) => server.role(Role::Replica).lag(host.lag),
                }
            })
            .collect()
    }
}
