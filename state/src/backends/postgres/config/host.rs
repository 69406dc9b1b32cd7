use std::fmt;

use super::options::Host;
use crate::backends::options::percent::EncodedUser;
use crate::backends::options::{HostPort, number};

/// The port of a server that names none.
const PORT: u16 = 5432;
/// The longest path that a socket's address holds on Linux, in bytes.
const MAX_SOCKET_LEN: usize = 107;

impl Host {
    /// Reads `host`, `host:port`, `[v6]`, `[v6]:port`, `/folder` or `/folder:port`.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.starts_with('/') {
            return Self::unix(text);
        }
        let HostPort { host, port } = HostPort::read(text, PORT)?;
        Some(Self::Tcp { host, port })
    }

    /// Reads some of them, with commas between.
    pub(super) fn read_list(text: &str) -> Option<Vec<Self>> {
        text.split(',').map(Self::read).collect()
    }

    fn unix(text: &str) -> Option<Self> {
        let (folder, port) = match text.rsplit_once(':') {
            Some((folder, port)) => (folder, number::read(port)?),
            None => (text, PORT),
        };
        let socket_len = folder.len() + format!("/.s.PGSQL.{port}").len();
        let sound = port != 0 && socket_len <= MAX_SOCKET_LEN && !folder.contains(is_unfit);
        sound.then(|| Self::Unix {
            folder: folder.into(),
            port,
        })
    }
}

/// A list has commas between its hosts, and a path no NUL.
fn is_unfit(character: char) -> bool {
    character == ',' || character.is_control()
}

impl fmt::Display for Host {
    /// As in a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix { folder, port } => {
                write!(f, "{}:{port}", EncodedUser(&folder.to_string_lossy()))
            }
        }
    }
}
