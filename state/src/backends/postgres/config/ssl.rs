//! How the options of TLS are read and shown.

use std::fmt;

use secrecy::ExposeSecret as _;

use super::options::{Pem, SslMode};
use crate::backends::options::checks::shown_path;
use crate::backends::options::pem::{PEM, holds_key, is_pem, path};

impl SslMode {
    pub(super) fn read(text: &str) -> Option<Self> {
        match text {
            "disable" => Some(Self::Disable),
            "prefer" => Some(Self::Prefer),
            "require" => Some(Self::Require),
            "verify-ca" => Some(Self::VerifyCa),
            "verify-full" => Some(Self::VerifyFull),
            _ => None,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

impl Pem {
    /// A file's path, or certificates and no key.
    pub(super) fn certificates(text: &str) -> Option<Self> {
        Self::of(text, |pem| !holds_key(pem))
    }

    /// A file's path, or a key.
    pub(super) fn key(text: &str) -> Option<Self> {
        Self::of(text, holds_key)
    }

    fn of(text: &str, is_sound: impl FnOnce(&str) -> bool) -> Option<Self> {
        if !is_pem(text) {
            return path(text).map(Self::File);
        }
        is_sound(text).then(|| Self::Text(text.into()))
    }

    /// The path, where it is one.
    pub(super) fn shown(&self) -> Option<String> {
        match self {
            Self::File(path) => Some(shown_path(path)),
            Self::Text(_) => None,
        }
    }
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Text(pem) => {
                let parts = pem.expose_secret().matches(PEM).count();
                write!(f, "Text({parts} in PEM)")
            }
        }
    }
}
