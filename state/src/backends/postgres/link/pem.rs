//! The files of certificates and keys, looked at before the driver reads them: it tells a missing file and a missing
//! server apart by nothing.

use std::fs;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::super::config::options::{Options, Pem, SslMode};
use crate::error::{Error, ErrorKind, Result};

/// # Errors
/// [`ErrorKind::Configuration`] where a file cannot be read, or holds nothing of what it should.
pub(super) fn check(options: &Options) -> Result<()> {
    if options.ssl_mode == SslMode::Disable {
        return Ok(());
    }
    let certificate = "certificate";
    holds::<CertificateDer<'_>>("ssl_root_cert", options.ssl_root_cert.as_ref(), certificate)?;
    holds::<CertificateDer<'_>>("ssl_cert", options.ssl_cert.as_ref(), certificate)?;
    holds::<PrivateKeyDer<'_>>("ssl_key", options.ssl_key.as_ref(), "private key")
}

fn holds<T: PemObject>(option: &str, pem: Option<&Pem>, what: &str) -> Result<()> {
    let Some(Pem::File(path)) = pem else {
        return Ok(());
    };
    let wrong = |why: String| {
        let message = format!("`{option}`: the file {}: {why}", path.display());
        Error::new(ErrorKind::Configuration, message)
    };
    let text = fs::read(path)
        .map_err(|error| wrong(format!("{error}; check the path and who may read it")))?;
    match T::from_pem_slice(&text) {
        Ok(_) => Ok(()),
        // What is wrong with the bytes may quote them.
        Err(_) => Err(wrong(format!(
            "it holds no {what}; name a file in PEM that does"
        ))),
    }
}
