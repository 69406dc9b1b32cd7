use std::sync::atomic::{AtomicBool, Ordering};

use typed_state::testing::TestResult;

use super::options::PostgresOptions;
use super::server::PostgresServer;

/// A primary and a replica that streams from it. A commit does not wait for the replica.
///
/// Nobody watches them: a test promotes the replica when it should be. As with [`PostgresServer`], dropping the pair or the
/// end of this process ends both.
#[derive(Debug)]
pub struct PostgresPair {
    servers: [PostgresServer; 2],
    swapped: AtomicBool,
}

impl PostgresPair {
    /// Starts a primary and its replica with the same options, and waits until the replica streams.
    ///
    /// # Errors
    /// As [`PostgresServer::start`], and where the replica does not stream in time.
    ///
    /// Cancellation: the servers are ended.
    pub async fn start(options: PostgresOptions) -> TestResult<Self> {
        let primary = PostgresServer::start(options.clone()).await?;
        let replica = PostgresServer::replicate(&primary, &options).await?;
        let pair = Self {
            servers: [primary, replica],
            swapped: AtomicBool::new(false),
        };
        pair.wait_until_streaming().await?;
        Ok(pair)
    }

    /// Both, in an order that never changes: the first primary is the first.
    pub const fn servers(&self) -> &[PostgresServer; 2] {
        &self.servers
    }

    /// The primary: the replica that was promoted last.
    pub fn primary(&self) -> &PostgresServer {
        self.roles().0
    }

    /// The replica, or the old primary, until it [rejoins](Self::rejoin).
    pub fn replica(&self) -> &PostgresServer {
        self.roles().1
    }

    /// Makes the replica a primary and waits until it is, whatever the old primary does, which is returned.
    ///
    /// # Errors
    /// Where the replica does not run or is none.
    ///
    /// Cancellation: it may become a primary nevertheless.
    pub async fn promote(&self) -> TestResult<&PostgresServer> {
        let (old, replica) = self.roles();
        let promoted = replica
            .query_one_text("select pg_promote(true, 10)")
            .await?;
        if promoted != "t" {
            return Err("the replica was not promoted within 10 s".into());
        }
        self.swapped.fetch_not(Ordering::Relaxed);
        Ok(old)
    }

    /// Makes the old primary a replica of the new one, on its own port, and waits until it streams. What it had that the new
    /// one has not is gone.
    ///
    /// # Errors
    /// Where the new primary does not run, and where the old one does not start or stream in time.
    ///
    /// Cancellation: the old one may be down, and without data.
    pub async fn rejoin(&self) -> TestResult {
        let (primary, old) = self.roles();
        old.follow(primary).await?;
        self.wait_until_streaming().await
    }

    /// Waits until the replica shows what is committed at the primary now.
    ///
    /// # Errors
    /// Where that does not happen in time.
    ///
    /// Cancellation: without effect.
    pub async fn wait_until_replayed(&self) -> TestResult {
        let (primary, replica) = self.roles();
        let written = primary
            .query_one_text("select pg_current_wal_lsn()")
            .await?;
        let query = format!("select pg_last_wal_replay_lsn() >= '{written}'");
        replica.wait_until("the replica has replayed", &query).await
    }

    /// Lets the replica show nothing new; it receives what it does not show.
    ///
    /// # Errors
    /// Where the replica does not run.
    ///
    /// Cancellation: it may be so.
    pub async fn pause_replay(&self) -> TestResult {
        let replica = self.replica();
        replica.execute("select pg_wal_replay_pause()").await?;
        let query = "select pg_get_wal_replay_pause_state() = 'paused'";
        replica.wait_until("the replay is paused", query).await
    }

    /// Lets the replica show what it has.
    ///
    /// # Errors
    /// Where the replica does not run.
    ///
    /// Cancellation: it may be so.
    pub async fn resume_replay(&self) -> TestResult {
        self.replica()
            .execute("select pg_wal_replay_resume()")
            .await
    }

    async fn wait_until_streaming(&self) -> TestResult {
        let query = "select count(*) = 1 from pg_stat_replication where state = 'streaming'";
        self.primary()
            .wait_until("the replica streams", query)
            .await
    }

    fn roles(&self) -> (&PostgresServer, &PostgresServer) {
        let [one, other] = &self.servers;
        if self.swapped.load(Ordering::Relaxed) {
            (other, one)
        } else {
            (one, other)
        }
    }
}
