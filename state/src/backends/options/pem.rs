//! Certificates and keys in PEM, and the files that hold them.

use std::path::PathBuf;

/// What every text in PEM begins with.
pub(crate) const PEM: &str = "-----BEGIN";

/// What the name of every kind of private key ends with.
const KEY: &str = "PRIVATE KEY";

/// A path, and not the PEM that ought to be in its file.
pub(crate) fn path(text: &str) -> Option<PathBuf> {
    let sound = !text.is_empty() && !text.contains(PEM) && !text.contains(char::is_control);
    sound.then(|| text.into())
}

/// Whether it is PEM, and not a path.
pub(crate) fn is_pem(text: &str) -> bool {
    text.trim_start().starts_with(PEM)
}

/// Whether there is a private key in it.
pub(crate) fn holds_key(pem: &str) -> bool {
    pem.contains(KEY)
}
