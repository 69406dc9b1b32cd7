use std::fmt;
use std::path::{Path, PathBuf};

pub(in crate::backends::redis) use crate::backends::options::HostPort;
use crate::backends::options::percent::Encoded;

/// The port of a Redis server that names none.
pub(super) const SERVER_PORT: u16 = 6379;
/// The port of a sentinel that names none.
pub(super) const SENTINEL_PORT: u16 = 26379;

/// The longest path that a socket's address holds on Linux, in bytes.
const MAX_SOCKET_LEN: usize = 107;

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
