use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use secrecy::SecretString;

use super::address::Address;

/// What the connections need to know; checked by who made it.
pub(in crate::backends::redis) struct Settings {
    pub(in crate::backends::redis) mode: Mode,
    /// For the servers that hold data.
    pub(in crate::backends::redis) credentials: Credentials,
    /// The number of the database; 0 in a Cluster.
    pub(in crate::backends::redis) database: u32,
    /// The name that `CLIENT LIST` shows; empty for none.
    pub(in crate::backends::redis) client_name: String,
    /// For the servers that hold data; `None` speaks in the clear.
    pub(in crate::backends::redis) tls: Option<Arc<ClientConfig>>,
    pub(in crate::backends::redis) tcp: Tcp,
    /// For name resolution, connecting, TLS and greeting together.
    pub(in crate::backends::redis) connect_timeout: Duration,
    /// For a call whose context has no deadline.
    pub(in crate::backends::redis) command_timeout: Duration,
    /// Shared connections per node, at least 1.
    pub(in crate::backends::redis) connections: usize,
    pub(in crate::backends::redis) pool: PoolSettings,
    /// The most commands in one pipeline, at least 1.
    pub(in crate::backends::redis) pipeline_batch_size: usize,
    /// How many replicas must have a write before it counts; `None` where the primary is enough.
    pub(in crate::backends::redis) durable: Option<Replicas>,
}

/// How the servers stand to each other.
pub(in crate::backends::redis) enum Mode {
    Standalone {
        server: Address,
    },
    Sentinel {
        sentinels: Vec<Address>,
        service: String,
        credentials: Credentials,
        tls: Option<Arc<ClientConfig>>,
    },
    Cluster {
        nodes: Vec<Address>,
    },
}

/// Who we are to a server.
#[derive(Clone, Default)]
pub(in crate::backends::redis) struct Credentials {
    pub(in crate::backends::redis) username: Option<String>,
    pub(in crate::backends::redis) password: Option<SecretString>,
}

/// How servers are reached, and how soon a dead one is noticed; `None` leaves that to the operating system.
#[derive(Clone)]
pub(in crate::backends::redis) struct Tcp {
    /// Where servers are reached that announce an address which is not reached from here.
    pub(in crate::backends::redis) reach: Arc<BTreeMap<Address, Address>>,
    /// The silence after which the peer is probed.
    pub(in crate::backends::redis) keepalive: Option<Duration>,
    /// How long bytes may stay unacknowledged; Linux only.
    pub(in crate::backends::redis) user_timeout: Option<Duration>,
}

/// The connections that a call has for itself.
#[derive(Clone, Copy)]
pub(in crate::backends::redis) struct PoolSettings {
    pub(in crate::backends::redis) min: usize,
    pub(in crate::backends::redis) max: usize,
    /// How long a call waits for one.
    pub(in crate::backends::redis) timeout: Duration,
}

/// The replicas that a write waits for.
#[derive(Clone, Copy)]
pub(in crate::backends::redis) struct Replicas {
    pub(in crate::backends::redis) count: u32,
    pub(in crate::backends::redis) timeout: Duration,
}
