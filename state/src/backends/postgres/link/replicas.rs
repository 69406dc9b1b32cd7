use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ::sqlx::Row as _;
use futures_util::future::join_all;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::connection::Connection;
use super::failure::Failure;
use super::pool::{Connections, To};
use super::primary::Primary;

/// How often the servers are asked how far they are, at the most.
const EVERY: Duration = Duration::from_secs(1);
/// How long one has to answer, so that a host that hangs does not hold up the others.
const PATIENCE: Duration = Duration::from_secs(2);
/// So many places in the primary's log are remembered.
const SAMPLES: usize = 256;

const HOW_FAR: &str = "SELECT pg_is_in_recovery() AS follows, \
    (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - '0/0'::pg_lsn)::bigint \
    AS place";

/// The servers that follow the primary, and how far behind they are.
///
/// How stale a replica is no clock of a server decides: it has replayed a place in the log at which the primary was when
/// it was asked, so it has all that was committed before the question.
pub(super) struct Replicas {
    primary: Arc<Primary>,
    pools: Vec<OnceLock<Connections>>,
    view: Arc<Mutex<View>>,
    watch: OnceLock<AbortHandle>,
    turn: AtomicUsize,
}

/// One of the hosts of the store, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresHost {
    /// Where it is.
    pub address: String,
    /// Whether it answers.
    pub reachable: bool,
    /// Whether it says that it is a primary.
    pub primary: bool,
    /// How many bytes of the primary's log it has not replayed; `None` for a primary, and where it is not known.
    pub behind: Option<u64>,
    /// It has everything that was committed so long ago; `None` for a primary, and where it is not known.
    pub lag: Option<Duration>,
}

#[derive(Default)]
struct View {
    /// Whose log the samples are of.
    primary: Option<usize>,
    /// Where the primary's log ended, and when it was asked, the oldest first.
    samples: VecDeque<(Instant, i64)>,
    /// Since when each server's state is at the most.
    as_of: Vec<Option<Instant>>,
}

/// What a server said of itself, when it was asked at a time.
#[derive(Clone, Copy)]
struct Told {
    asked: Instant,
    follows: bool,
    place: Option<i64>,
}

impl Replicas {
    pub(super) fn new(primary: &Arc<Primary>) -> Self {
        let count = primary.settings().servers.len();
        Self {
            primary: Arc::clone(primary),
            pools: (0..count).map(|_| OnceLock::new()).collect(),
            view: Arc::default(),
            watch: OnceLock::new(),
            turn: AtomicUsize::new(0),
        }
    }

    /// The place and the connections of the next replica that is not further behind than it may be.
    pub(super) fn pick(&self) -> Option<(usize, &Connections)> {
        let count = self.pools.len();
        if count < 2 {
            return None;
        }
        self.watch.get_or_init(|| {
            let watched = watch(Arc::clone(&self.primary), Arc::clone(&self.view));
            tokio::spawn(watched).abort_handle()
        });
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let limit = self.primary.settings().max_replica_lag;
        let place = {
            let view = self.view.lock().unwrap_or_else(PoisonError::into_inner);
            (0..count)
                .map(|step| turn.wrapping_add(step) % count)
                .find(|&place| view.lag(place).is_some_and(|lag| lag <= limit))?
        };
        Some((place, self.pool(place)?))
    }

    /// Asks this replica nothing until it has said again how far it is.
    pub(super) fn distrust(&self, place: usize) {
        let mut view = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(as_of) = view.as_of.get_mut(place) {
            *as_of = None;
        }
    }

    fn pool(&self, place: usize) -> Option<&Connections> {
        let pool = self.pools.get(place)?;
        if pool.get().is_none() {
            let to = To::Server(Arc::clone(&self.primary), place);
            // Of two that are made at once one is dropped.
            let _ = pool.set(Connections::new(to, 0, self.primary.settings()).ok()?);
        }
        pool.get()
    }

    /// Asks all servers how far they are.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn look(&self) -> Vec<PostgresHost> {
        let mut standing = Vec::new();
        let mut view = View::default();
        // The primary's place must be older than those of the replicas that are compared with it.
        let told = match view.ask(&self.primary, &mut standing).await {
            first if first.iter().flatten().any(|told| told.follows) => {
                view.ask(&self.primary, &mut standing).await
            }
            first => first,
        };
        let end = view.samples.back().map(|&(_, place)| place);
        let servers = self.primary.settings().servers.iter().zip(told);
        servers
            .enumerate()
            .map(|(number, (server, told))| {
                let place = told.filter(|told| told.follows).and_then(|told| told.place);
                PostgresHost {
                    address: server.name.clone(),
                    reachable: told.is_some(),
                    primary: told.is_some_and(|told| !told.follows),
                    behind: place
                        .zip(end)
                        .map(|(place, end)| end.saturating_sub(place).max(0).unsigned_abs()),
                    lag: view.lag(number),
                }
            })
            .collect()
    }

    /// Looks after the pools of replicas.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn tend(&self, deadline: Instant) {
        for pool in self.pools.iter().filter_map(OnceLock::get) {
            pool.tend(deadline).await;
        }
    }

    pub(super) fn close(&self) {
        if let Some(watch) = self.watch.get() {
            watch.abort();
        }
        self.pools
            .iter()
            .filter_map(OnceLock::get)
            .for_each(Connections::close);
    }
}

impl Drop for Replicas {
    fn drop(&mut self) {
        self.close();
    }
}

async fn watch(primary: Arc<Primary>, view: Arc<Mutex<View>>) {
    let every = EVERY.min(primary.settings().max_replica_lag / 4);
    let every = every.max(Duration::from_millis(10));
    let mut standing = Vec::new();
    let mut next = View::default();
    loop {
        next.ask(&primary, &mut standing).await;
        let as_of = next.as_of.clone();
        view.lock().unwrap_or_else(PoisonError::into_inner).as_of = as_of;
        tokio::time::sleep(every).await;
    }
}

impl View {
    /// Since when the server's state is at the most.
    fn lag(&self, place: usize) -> Option<Duration> {
        Some(self.as_of.get(place).copied()??.elapsed())
    }

    /// Asks all servers, over connections that stand, and takes in what they say.
    async fn ask(
        &mut self,
        primary: &Primary,
        standing: &mut Vec<Option<Connection>>,
    ) -> Vec<Option<Told>> {
        let servers = primary.settings().servers.len();
        standing.resize_with(servers, || None);
        let asked = standing.iter_mut().enumerate();
        let told = join_all(asked.map(|(place, connection)| async move {
            let told = timeout(PATIENCE, how_far(primary, place, connection))
                .await
                .ok()?;
            told.inspect_err(
                |failure| tracing::debug!(%failure, "a host does not say how far it is"),
            )
            .ok()
        }))
        .await;
        self.take_in(primary.known(), &told);
        told
    }

    fn take_in(&mut self, primary: Option<usize>, told: &[Option<Told>]) {
        if self.primary != primary {
            self.primary = primary;
            self.samples.clear();
        }
        self.as_of.resize(told.len(), None);
        for (as_of, told) in self.as_of.iter_mut().zip(told) {
            let Some(Told {
                follows: true,
                place: Some(place),
                ..
            }) = told
            else {
                *as_of = None;
                continue;
            };
            let replayed = self
                .samples
                .iter()
                .rev()
                .find(|(_, sample)| sample <= place);
            *as_of = replayed.map(|&(at, _)| at).max(*as_of);
        }
        let of_primary = primary.and_then(|place| told.get(place).copied()?);
        if let Some(Told {
            asked,
            follows: false,
            place: Some(place),
        }) = of_primary
        {
            if self.samples.len() == SAMPLES {
                self.samples.pop_front();
            }
            self.samples.push_back((asked, place));
        }
    }
}

async fn how_far(
    primary: &Primary,
    place: usize,
    standing: &mut Option<Connection>,
) -> Result<Told, Failure> {
    let mut connection = match standing.take() {
        Some(connection) => connection,
        None => primary.greet(place).await?.connection,
    };
    let asked = Instant::now();
    let limit = asked + primary.settings().connect_timeout;
    let rows = connection.script(HOW_FAR, limit).await?;
    let row = rows.first().ok_or_else(|| Failure::unexpected("a row"))?;
    let told = Told {
        asked,
        follows: row
            .try_get("follows")
            .map_err(|error| Failure::of(&error))?,
        place: row.try_get("place").map_err(|error| Failure::of(&error))?,
    };
    *standing = Some(connection);
    Ok(told)
}
