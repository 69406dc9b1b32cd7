use std::time::{Duration, Instant};

use ::sqlx::postgres::{PgConnection, PgRow};
use ::sqlx::{AssertSqlSafe, Connection as _, Row as _, raw_sql};
use tokio::time::timeout;

use super::clock::ServerClock;
use super::connection::Connection;
use super::failure::{Failure, Kind};
use super::session;
use super::settings::{Server, Settings};

/// What a server says when it is greeted: whether it follows another, its clock, and where there may be several
/// that say they are the primary, which of them came last.
const WHO: &str = "SELECT pg_is_in_recovery() AS follows, \
    floor(date_part('epoch', clock_timestamp()) * 1000)::bigint AS now";
const TIMELINE: &str = ", CASE WHEN pg_is_in_recovery() THEN NULL \
    ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS timeline";

/// A server that was greeted.
pub(super) struct Greeted {
    pub(super) connection: Connection,
    pub(super) role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It decides commits. Where two say so, the one of the higher timeline was promoted last.
    Primary { timeline: u32 },
    /// It follows another.
    Replica,
}

impl Settings {
    /// Connects to a server and asks what it is. `epoch` is that of the caller's view of the servers.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn greet(&self, server: &Server, epoch: u64) -> Result<Greeted, Failure> {
        let greeted = timeout(self.connect_timeout, self.greet_patiently(server, epoch)).await;
        greeted
            .unwrap_or_else(|_| {
                let message = format!("no connection within {:?}", self.connect_timeout);
                Err(Failure::not_sent(Kind::Unreachable, message))
            })
            .map_err(|failure| failure.at(&server.name))
    }

    async fn greet_patiently(&self, server: &Server, epoch: u64) -> Result<Greeted, Failure> {
        let failed = |error: sqlx::Error| Failure::of(&error).before_sending();
        let mut wire = PgConnection::connect_with(&server.options)
            .await
            .map_err(failed)?;
        let mut greeting = String::new();
        if self.session {
            greeting.push_str(&session::greeting(self.command_timeout));
        }
        greeting.push_str(WHO);
        if self.servers.len() > 1 {
            greeting.push_str(TIMELINE);
        }
        let row = raw_sql(AssertSqlSafe(greeting))
            .fetch_one(&mut wire)
            .await
            .map_err(failed)?;
        let now: i64 = row.try_get("now").map_err(failed)?;
        let role = role(&row).map_err(failed)?;
        tracing::debug!(server = %server.name, ?role, "connected to PostgreSQL");
        Ok(Greeted {
            role,
            connection: Connection::new(
                wire,
                &server.name,
                ServerClock::read(now),
                self.session.then_some(self.command_timeout),
                epoch,
                Instant::now() + self.lifetime(),
            ),
        })
    }

    /// How long a connection lives: a tenth more or less, so that not all are made anew at once.
    fn lifetime(&self) -> Duration {
        let tenth = self.max_lifetime / 10;
        let spread = rand::random_range(0.0..2.0);
        self.max_lifetime.saturating_sub(tenth) + tenth.mul_f64(spread)
    }
}

fn role(row: &PgRow) -> Result<Role, sqlx::Error> {
    if row.try_get("follows")? {
        return Ok(Role::Replica);
    }
    let timeline: Option<String> = row.try_get("timeline").unwrap_or_default();
    let timeline = timeline.and_then(|digits| u32::from_str_radix(&digits, 16).ok());
    Ok(Role::Primary {
        timeline: timeline.unwrap_or_default(),
    })
}
