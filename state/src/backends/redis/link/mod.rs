//! The connections: to whom a command goes, and what became of it.
//!
//! One [`Link`] serves a standalone server, a master behind Sentinel and a Cluster; the first two are a topology in
//! which one node owns every slot. Requests of all tasks share a few connections per node, and only a write that waits
//! for replicas has one for itself. A request is sent again only where it is certain that it was not executed, or where
//! it changes nothing; everything else comes back as a [`Failure`] that says how far it came.
//!
//! Beside the commands of its callers, the link sends `AUTH`, `INFO server`, `SELECT`, `CLIENT SETNAME` (whose refusal
//! is ignored), `SCRIPT LOAD`, `EVALSHA`, `TIME`; where changes are heard of, `SUBSCRIBE` and `PING`; with `wait_replicas` also `WAIT` and `PING`; behind Sentinel `ROLE`; in
//! a Cluster `CLUSTER SLOTS`, `CLUSTER INFO`, `PING`, `ASKING`, and for reads from replicas `READONLY`. To a Sentinel it sends
//! `AUTH` or `PING`, and `SENTINEL GET-MASTER-ADDR-BY-NAME`, `MASTER`, `REPLICAS` and `SENTINELS`.

mod address;
mod advice;
mod call;
mod clock;
mod cluster;
mod connection;
mod connector;
mod discovery;
mod exchange;
mod failure;
mod gather;
mod greeting;
mod identity;
mod lane;
mod last_words;
mod many;
mod map;
mod node;
mod one;
mod pool;
mod redirect;
mod request;
mod scouts;
mod script;
mod sentinel;
mod settings;
mod shared;
mod sighting;
mod slot;
mod stream;
mod tls;
mod topology;
mod watcher;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use redis::aio::PubSub;
use redis::{Cmd, Pipeline, Value};

pub(super) use self::address::Address;
pub(super) use self::call::{Call, Command, Effect, Target, arg_of, command};
use self::connector::{Connector, Purpose};
use self::discovery::Discovery;
pub(super) use self::failure::{Failure, Kind};
pub(super) use self::identity::RunId;
use self::map::Map;
pub(super) use self::script::Script;
pub(super) use self::settings::{Credentials, Mode, PoolSettings, Replicas, Settings, Tcp};
use self::shared::Shared;
pub(super) use self::slot::{SLOTS, slot_of};
pub(super) use self::tls::{Authority, TlsFiles, Verification};
pub(super) use self::topology::Topology;
use self::watcher::Watcher;
use crate::backend::Context;
use crate::error::{ErrorKind, Result};

/// Beyond the time that connecting has, so that what it fails with is heard.
const GRACE: Duration = Duration::from_millis(500);

/// All connections to one store.
///
/// It lives on the tokio runtime that it was opened on. Dropping it ends the connections.
pub(super) struct Link {
    shared: Arc<Shared>,
    watcher: Watcher,
    cluster: bool,
}

/// The connections that there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolState {
    /// In the pools of all nodes, in use or not.
    pub size: usize,
    /// In the pools, and not in use.
    pub idle: usize,
    /// Calls that wait for one of a pool.
    pub waiting: usize,
    /// Shared connections to primaries that stand.
    pub connected: usize,
    /// Shared connections to primaries that there should be.
    pub shared: usize,
}

impl Link {
    /// Finds the servers and connects. `scripts` are made known to every server.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where a password, certificate, database, version or mode is wrong;
    /// [`ErrorKind::Unavailable`] where no primary can be reached.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn open(
        settings: Settings,
        scripts: &'static [&'static Script],
    ) -> Result<Self> {
        Self::connect(&settings, scripts)
            .await
            .map_err(|failure| failure.into_error(Effect::Read))
    }

    async fn connect(
        settings: &Settings,
        scripts: &'static [&'static Script],
    ) -> std::result::Result<Self, Failure> {
        let deadline = Instant::now() + settings.connect_timeout + GRACE;
        let discovery = Discovery::new(settings);
        let topology = discovery.survey(deadline).await?;
        let connector = Connector::new(settings, scripts);
        let map = Map::new(connector, settings.connections, settings.pool, topology)?;
        let shared = Arc::new(Shared::new(
            map,
            discovery,
            settings.command_timeout,
            settings.durable,
            settings.pipeline_batch_size,
        ));
        shared
            .greet_all(Instant::now() + settings.connect_timeout + GRACE)
            .await?;
        Ok(Self {
            watcher: Watcher::of(&shared),
            shared,
            cluster: matches!(settings.mode, Mode::Cluster { .. }),
        })
    }

    /// Sends one request to the node that serves its slot, and again as redirections and refusals ask, until the
    /// deadline.
    ///
    /// Cancellation: the outcome of a request that was sent is unknown; the connection stays usable.
    pub(super) async fn call(
        &self,
        cx: &Context,
        call: Call,
    ) -> std::result::Result<Value, Failure> {
        self.shared.call(cx, call).await
    }

    /// Sends many requests, in pipelines by node; one answer each, in their order. They may be executed in any order.
    ///
    /// Cancellation: as for [`call`](Self::call), for each of them.
    pub(super) async fn call_many(
        &self,
        cx: &Context,
        calls: Vec<Call>,
    ) -> Vec<std::result::Result<Value, Failure>> {
        match <[Call; 1]>::try_from(calls) {
            Ok([only]) => vec![self.call(cx, only).await],
            // Its future is large, and one is made for many calls.
            Err(calls) => Box::pin(self.shared.call_many(cx, calls)).await,
        }
    }

    /// Sends commands to one node, without redirections. The answers may be errors of the server. The name of its run
    /// tells whether two answers come from the same process.
    ///
    /// Cancellation: as for [`call`](Self::call).
    pub(super) async fn call_at(
        &self,
        cx: &Context,
        address: &Address,
        commands: Vec<Cmd>,
    ) -> std::result::Result<(RunId, Vec<Value>), Failure> {
        self.shared.check_open()?;
        let deadline = self.shared.deadline(cx);
        let node = self.shared.map.known(address)?;
        let purpose = if self.topology().is_replica(address) {
            Purpose::Replica
        } else {
            Purpose::Primary
        };
        let mut pipeline = Pipeline::with_capacity(commands.len());
        for command in commands {
            pipeline.add_command(command);
        }
        let connection = node.connection(purpose, deadline).await?;
        let mut answers = Vec::new();
        if !pipeline.is_empty() {
            answers = connection.wire().send_all(&pipeline, deadline).await?;
        }
        Ok((connection.identity.run_id.clone(), answers))
    }

    /// Subscribes to a channel of one node, over a connection of its own.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn subscribe(
        &self,
        address: &Address,
        channel: &[u8],
    ) -> std::result::Result<PubSub, Failure> {
        self.shared.check_open()?;
        self.shared
            .map
            .connector()
            .subscribe(address, channel)
            .await
    }

    /// The topology as it is known.
    pub(super) fn topology(&self) -> Arc<Topology> {
        Arc::clone(&self.shared.map.routes().topology)
    }

    /// Asks for the topology anew.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn refresh(
        &self,
        cx: &Context,
    ) -> std::result::Result<Arc<Topology>, Failure> {
        let deadline = self.shared.deadline(cx);
        self.shared.survey(Duration::ZERO, deadline).await?;
        Ok(self.topology())
    }

    pub(super) fn is_cluster(&self) -> bool {
        self.cluster
    }

    pub(super) fn pool_state(&self) -> PoolState {
        let mut state = PoolState::default();
        for node in self.shared.map.routes().primaries() {
            let count = node.exclusives.count();
            let (connected, shared) = node.count();
            state.size += count.size;
            state.idle += count.idle;
            state.waiting += count.waiting;
            state.connected += connected;
            state.shared += shared;
        }
        state
    }

    /// Ends all connections; requests on their way fail at once, and so does every later one.
    pub(super) fn close(&self) {
        self.watcher.stop();
        self.shared.close();
    }
}

impl Shared {
    /// Connects to every primary. One that is down does not matter while another is up; one that is wrongly configured
    /// does.
    async fn greet_all(&self, deadline: Instant) -> std::result::Result<(), Failure> {
        let primaries: Vec<_> = self.map.routes().primaries().cloned().collect();
        let greeted = primaries
            .iter()
            .map(|node| node.connection(Purpose::Primary, deadline));
        let greeted = join_all(greeted).await;
        let reached = greeted.iter().any(std::result::Result::is_ok);
        let failures = greeted.into_iter().filter_map(std::result::Result::err);
        let mut failures: Vec<Failure> = failures.collect();
        let is_mistake = |failure: &Failure| {
            let error = failure.clone().into_error(Effect::Read);
            error.kind() == ErrorKind::Configuration
        };
        failures.sort_by_key(|failure| !is_mistake(failure));
        match failures.into_iter().next() {
            Some(failure) if !reached || is_mistake(&failure) => Err(failure),
            None if !reached => Err(Failure::not_sent(
                Kind::Unserved,
                "the Cluster serves no slot yet",
            )),
            _ => Ok(()),
        }
    }
}
