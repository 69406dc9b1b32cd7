use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use crate::error::{Error, ErrorKind, Result};

/// What a server's certificate must show. Its chain is verified in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backends::redis) enum Verification {
    /// That it comes from the authority, and the name that was connected to.
    Full,
    /// That it comes from the authority.
    Authority,
}

/// Where the certificates of the authorities are.
#[derive(Debug, Clone, Copy)]
pub(in crate::backends::redis) enum Authority<'a> {
    /// Those that the system trusts.
    System,
    /// In a file.
    File(&'a Path),
    /// Here, in PEM.
    Pem(&'a str),
}

/// What TLS is made of; all files are PEM.
pub(in crate::backends::redis) struct TlsFiles<'a> {
    /// The certificates of the authorities.
    pub(in crate::backends::redis) authority: Authority<'a>,
    /// Our certificate with its chain, and its key.
    pub(in crate::backends::redis) identity: Option<(&'a Path, &'a Path)>,
    pub(in crate::backends::redis) verification: Verification,
}

impl TlsFiles<'_> {
    /// Reads the files.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`], which names the file.
    pub(in crate::backends::redis) fn read(&self) -> Result<Arc<ClientConfig>> {
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(
            Arc::new(self.roots()?),
            Arc::clone(&provider),
        )
        .build()
        .map_err(|error| wrong(format!("the authorities cannot be used: {error}")))?;
        let verifier: Arc<dyn ServerCertVerifier> = match self.verification {
            Verification::Full => verifier,
            Verification::Authority => Arc::new(AnyName {
                chain: verifier,
                provider: Arc::clone(&provider),
            }),
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(format!("TLS cannot be used: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let config = match self.identity {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = certificates(certificate)?;
                let key = PrivateKeyDer::from_pem_file(key)
                    .map_err(|error| unreadable(key, "key", &error))?;
                builder
                    .with_client_auth_cert(chain, key)
                    .map_err(|error| wrong(format!("our certificate cannot be used: {error}")))?
            }
        };
        Ok(Arc::new(config))
    }

    fn roots(&self) -> Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        let (certificates, origin) = match self.authority {
            Authority::System => return system_roots(),
            Authority::File(file) => (certificates(file)?, file.display().to_string()),
            Authority::Pem(pem) => (certificates_in(pem)?, "`ca`".to_owned()),
        };
        for certificate in certificates {
            roots.add(certificate).map_err(|error| {
                wrong(format!(
                    "{origin} holds a certificate that is no authority's: {error}"
                ))
            })?;
        }
        Ok(roots)
    }
}

fn system_roots() -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(wrong(
            "the system trusts no authority: name the file of one with `ca`".into(),
        ));
    }
    Ok(roots)
}

fn certificates_in(pem: &str) -> Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|error| wrong(format!("`ca` holds no readable certificates: {error}")))?;
    if certificates.is_empty() {
        return Err(wrong("`ca` holds no certificate".into()));
    }
    Ok(certificates)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
        .map_err(|error| unreadable(file, "certificates", &error))?;
    if certificates.is_empty() {
        return Err(wrong(format!("{} holds no certificate", file.display())));
    }
    Ok(certificates)
}

fn unreadable(file: &Path, what: &str, error: &rustls::pki_types::pem::Error) -> Error {
    wrong(format!(
        "{} holds no readable {what}: {error}",
        file.display()
    ))
}

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

/// Verifies everything but the name.
#[derive(Debug)]
struct AnyName {
    chain: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        // The name is looked at last, after the chain.
        match self.chain.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        ) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
