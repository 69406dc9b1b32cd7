use std::fmt;
use std::net::Ipv6Addr;

use super::number;

/// The longest name that the domain name system has, in bytes.
const MAX_HOST_LEN: usize = 253;

/// A host and a TCP port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct HostPort {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    pub(crate) host: String,
    /// The port, never zero.
    pub(crate) port: u16,
}

impl HostPort {
    /// Reads `host`, `host:port`, `[v6]` or `[v6]:port`.
    pub(crate) fn read(text: &str, default_port: u16) -> Option<Self> {
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

/// Addresses as one text reads that names them all.
pub(crate) fn joined<A: AsRef<str>>(addresses: impl IntoIterator<Item = A>) -> String {
    let mut joined = String::new();
    for (position, address) in addresses.into_iter().enumerate() {
        if position > 0 {
            joined.push(',');
        }
        joined.push_str(address.as_ref());
    }
    joined
}
