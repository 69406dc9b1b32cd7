use std::fmt;
use std::path::PathBuf;

use crate::backends::options::pem::PEM;

/// How a server's certificate is verified. Its chain always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TlsVerify {
    /// The chain, and that the certificate is for the host that was asked for.
    #[default]
    Full,
    /// The chain alone: any server with a certificate of the same authority is trusted. For servers that are
    /// reached under other names than their certificates hold.
    Ca,
}

impl TlsVerify {
    pub(super) fn read(text: &str) -> Option<Self> {
        match text {
            "full" => Some(Self::Full),
            "ca" => Some(Self::Ca),
            _ => None,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Ca => "ca",
        }
    }
}

/// What the client trusts and how it proves itself, wherever it speaks TLS.
#[derive(Debug, Clone, Default)]
pub(in crate::backends::redis) struct Tls {
    /// Whether the connections to the servers use it; those to sentinels have a switch of their own.
    pub(in crate::backends::redis) on: bool,
    /// The authorities trusted; the system's where there is none.
    pub(in crate::backends::redis) ca: Option<Ca>,
    /// The client's certificate and its chain, a PEM file.
    pub(in crate::backends::redis) client_cert: Option<PathBuf>,
    /// The key of that certificate, a PEM file; there where the certificate is.
    pub(in crate::backends::redis) client_key: Option<PathBuf>,
    /// How much of the server's certificate is verified.
    pub(in crate::backends::redis) verify: TlsVerify,
}

/// Certificates of authorities.
#[derive(Clone)]
pub(in crate::backends::redis) enum Ca {
    /// In a PEM file.
    File(PathBuf),
    /// As PEM itself.
    Pem(String),
}

impl fmt::Debug for Ca {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Pem(pem) => write!(f, "Pem({} certificates)", pem.matches(PEM).count()),
        }
    }
}
