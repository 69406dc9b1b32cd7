use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::address::Address;
use super::failure::Failure;
use super::scouts::Scouts;
use super::settings::{Mode, Settings};
use super::sighting::{Sighting, first_of};
use super::topology::Topology;
use super::{cluster, sentinel};

/// How the topology is found out.
pub(super) enum Discovery {
    /// It was said, and never changes.
    Fixed(Address),
    /// Servers are asked.
    Asked(Box<Panel>),
}

/// Those who can be asked.
pub(super) struct Panel {
    /// The service that Sentinels are asked for; `None` for a Cluster, whose nodes know.
    service: Option<String>,
    seeds: Vec<Address>,
    peers: Mutex<Vec<Address>>,
    scouts: Scouts,
    /// Another is asked first every time, so that one that hangs or is cut off is not believed for long.
    turn: AtomicUsize,
    epoch: AtomicU64,
}

impl Discovery {
    pub(super) fn new(settings: &Settings) -> Self {
        let (seeds, service, credentials, tls) = match &settings.mode {
            Mode::Standalone { server } => return Self::Fixed(server.clone()),
            Mode::Sentinel {
                sentinels,
                service,
                credentials,
                tls,
            } => (sentinels, Some(service.clone()), credentials, tls),
            Mode::Cluster { nodes } => (nodes, None, &settings.credentials, &settings.tls),
        };
        Self::Asked(Box::new(Panel {
            service,
            seeds: seeds.clone(),
            peers: Mutex::default(),
            scouts: Scouts {
                credentials: credentials.clone(),
                tls: tls.clone(),
                tcp: settings.tcp.clone(),
                timeout: settings.connect_timeout,
                kept: Mutex::default(),
            },
            turn: AtomicUsize::new(0),
            epoch: AtomicU64::new(0),
        }))
    }

    /// The topology now, as one server knows it that has heard of the last failover.
    pub(super) async fn survey(&self, deadline: Instant) -> Result<Topology, Failure> {
        match self {
            Self::Fixed(server) => Ok(Topology::single(server.clone(), Vec::new())),
            Self::Asked(panel) => panel.survey(deadline).await,
        }
    }

    /// How often the topology is asked for; `None` where it cannot change.
    pub(super) fn interval(&self) -> Option<Duration> {
        match self {
            Self::Fixed(_) => None,
            Self::Asked(panel) if panel.service.is_some() => Some(Duration::from_millis(500)),
            Self::Asked(_) => Some(Duration::from_secs(1)),
        }
    }

    pub(super) fn close(&self) {
        if let Self::Asked(panel) = self {
            panel.scouts.close();
        }
    }
}

impl Panel {
    async fn survey(&self, deadline: Instant) -> Result<Topology, Failure> {
        let candidates = self.candidates();
        let asks = candidates.iter().map(|address| self.ask(address, deadline));
        let seen = first_of(asks, self.epoch.load(Ordering::Relaxed)).await?;
        self.epoch.store(seen.epoch, Ordering::Relaxed);
        let peers = match self.service {
            Some(_) => seen.peers,
            None => seen.topology.nodes().cloned().collect(),
        };
        *self.peers.lock().unwrap_or_else(PoisonError::into_inner) = peers;
        Ok(seen.topology)
    }

    async fn ask(&self, address: &Address, deadline: Instant) -> Result<Sighting, Failure> {
        let questions = match &self.service {
            Some(service) => sentinel::questions(service),
            None => cluster::questions(),
        };
        let answers = self.scouts.ask(address, questions, deadline).await?;
        match self.service {
            Some(_) => sentinel::read(&answers, address),
            None => cluster::read(&answers, address),
        }
        .map_err(|failure| failure.at(address))
    }

    fn candidates(&self) -> Vec<Address> {
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut candidates = self.seeds.clone();
        candidates.extend(
            peers
                .iter()
                .filter(|peer| !self.seeds.contains(peer))
                .cloned(),
        );
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let first = turn.checked_rem(candidates.len()).unwrap_or(0);
        candidates.rotate_left(first);
        candidates
    }
}
