use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The longest name of a host.
const MAX_HOST_LEN: usize = 255;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::backends::redis) enum Address {
    /// A host, by name or by number and without brackets, and its port.
    Tcp { host: Arc<str>, port: u16 },
    /// The path of a Unix socket.
    Unix(Arc<Path>),
}

impl Address {
    /// A host and its port.
    pub(in crate::backends::redis) fn tcp(host: impl Into<Arc<str>>, port: u16) -> Self {
        Self::Tcp {
            host: host.into(),
            port,
        }
    }

    /// What a node announces of itself or another; an empty host is that of the node which was asked.
    ///
    /// `None` where it is no address: nothing that a server says is taken on trust.
    pub(super) fn announced(host: &str, port: u16, asked: &Self) -> Option<Self> {
        if port == 0 {
            return None;
        }
        if host.is_empty() {
            return match asked {
                Self::Tcp { host, .. } => Some(Self::tcp(Arc::clone(host), port)),
                Self::Unix(_) => None,
            };
        }
        let plausible = host.len() <= MAX_HOST_LEN
            && host != "?"
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-_:%".contains(&byte));
        plausible.then(|| Self::tcp(host, port))
    }

    /// The `host:port` of a redirection.
    pub(super) fn redirected(text: &str, asked: &Self) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        Self::announced(host, port.parse().ok()?, asked)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Address {
        Address::tcp("10.0.0.1", 7000)
    }

    #[test]
    fn a_redirection_names_a_host_a_number_or_only_a_port() {
        let read = |text| Address::redirected(text, &asked());
        assert_eq!(
            read("db-2.local:7001"),
            Some(Address::tcp("db-2.local", 7001))
        );
        assert_eq!(read("::1:7001"), Some(Address::tcp("::1", 7001)));
        assert_eq!(read(":7002"), Some(Address::tcp("10.0.0.1", 7002)));
        assert_eq!(
            Address::redirected(":7002", &Address::Unix(Path::new("/s").into())),
            None
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}:7000", "a".repeat(300));
        for text in [
            "",
            ":",
            "host",
            "host:",
            "host:0",
            "host:-1",
            "host:65536",
            "host:7000x",
            "?:7000",
            "a b:7000",
            "a\r\nb:7000",
            "é:7000",
            &long,
        ] {
            assert_eq!(Address::redirected(text, &asked()), None, "{text:?}");
        }
    }

    #[test]
    fn addresses_are_shown_as_people_write_them() {
        assert_eq!(Address::tcp("::1", 7000).to_string(), "[::1]:7000");
        assert_eq!(asked().to_string(), "10.0.0.1:7000");
        assert_eq!(
            Address::Unix(Path::new("/run/s").into()).to_string(),
            "/run/s"
        );
    }
}
