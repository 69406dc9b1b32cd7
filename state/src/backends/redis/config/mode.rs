use std::fmt;

use super::address::{Address, HostPort};

/// How the servers stand to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backends::redis) enum Mode {
    /// One server.
    Standalone {
        /// Where it listens.
        server: Address,
    },
    /// A master and its replicas, watched by sentinels.
    Sentinel {
        /// The sentinels; at least one.
        sentinels: Vec<HostPort>,
        /// The name they know the master by.
        service: String,
    },
    /// A Redis Cluster.
    Cluster {
        /// Nodes to ask for the others; at least one.
        nodes: Vec<HostPort>,
    },
}

/// The name of a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ModeName {
    Standalone,
    Sentinel,
    Cluster,
}

impl ModeName {
    pub(super) fn read(text: &str) -> Option<Self> {
        match text {
            "standalone" => Some(Self::Standalone),
            "sentinel" => Some(Self::Sentinel),
            "cluster" => Some(Self::Cluster),
            _ => None,
        }
    }
}

impl fmt::Display for ModeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Standalone => "standalone",
            Self::Sentinel => "sentinel",
            Self::Cluster => "cluster",
        })
    }
}
