use std::fmt;
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};

use super::number;
use super::percent::Encoded;

/// The port of a Redis server that names none.
pub(super) const SERVER_PORT: u16 = 6379;
/// The port of a sentinel that names none.
pub(super) const SENTINEL_PORT: u16 = 26379;

/// The longest name that the domain name system has, in bytes.
const MAX_HOST_LEN: usize = 253;
/// The longest path that a socket's address holds on Linux, in bytes.
const MAX_SOCKET_LEN: usize = 107;

/// A host and a TCP port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::backends::redis) struct HostPort {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    pub(in crate::backends::redis) host: String,
    /// The port, never zero.
    pub(in crate::backends::redis) port: u16,
}

impl HostPort {
    /// Reads `host`, `host:port`, `[v6]` or `[v6]:port`.
    pub(super) fn read(text: &str, default_port: u16) -> Option<Self> {
        let (host, port) = if let Some(bracketed) = text.strip_prefix('[') {
            let (host, after) = bracketed.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            (host, after)
        } else {
            let (host, after) = text.split_at_checked(text.find(':').unwrap_or(text.len()))?;
            (is_name(host).then_some(host)?, after)
        };
        let port = match port {
            "" => default_port,
            _ => number::read(port.strip_prefix(':')?)?,
        };
        (port != 0).then(|| Self {
            host: host.to_owned(),
            port,
        })
    }

    /// Reads some of them, with commas between.
    pub(super) fn read_list(text: &str, default_port: u16) -> Option<Vec<Self>> {
        text.split(',')
            .map(|one| Self::read(one, default_port))
            .collect()
    }
}

fn is_name(host: &str) -> bool {
    let begins = host.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_');
    begins
        && host.len() <= MAX_HOST_LEN
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            return write!(f, "[{host}]:{port}");
        }
        write!(f, "{host}:{port}")
    }
}

/// Where a standalone server listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::backends::redis) enum Address {
    /// On TCP.
    Tcp(HostPort),
    /// On a Unix socket, by its absolute path.
    Unix(PathBuf),
}

impl Address {
    /// Reads a host with or without port, or the absolute path of a Unix socket.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.starts_with('/') {
            return Self::unix(Path::new(text));
        }
        HostPort::read(text, SERVER_PORT).map(Self::Tcp)
    }

    /// The Unix socket of this absolute path.
    pub(super) fn unix(path: &Path) -> Option<Self> {
        let text = path.to_str()?;
        let sound = path.is_absolute() && text.len() <= MAX_SOCKET_LEN && !text.contains('\0');
        sound.then(|| Self::Unix(path.to_path_buf()))
    }
}

impl fmt::Display for Address {
    /// As in a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "{}", Encoded(&path.to_string_lossy())),
        }
    }
}
