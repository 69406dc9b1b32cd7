use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use tempfile::TempDir;
use typed_state::testing::TestResult;

use super::guard;

type Authority = CertifiedIssuer<'static, KeyPair>;

/// Certificates and keys made for one test, as PEM files that go when this is dropped.
#[derive(Debug)]
pub struct Certificates {
    directory: TempDir,
}

/// A certificate and its key, as PEM files.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// How a server speaks TLS, and only TLS.
#[derive(Debug, Clone)]
pub struct ServerTls {
    pub(super) pair: Pair,
    pub(super) authority: PathBuf,
    pub(super) ask_clients: bool,
}

impl Certificates {
    /// Makes them all, in a few milliseconds.
    pub fn generate() -> TestResult<Self> {
        let made = Self {
            directory: guard::directory()?,
        };
        let authority = authority("typed-state tests")?;
        fs::write(made.authority(), authority.pem())?;
        fs::write(made.other_authority(), self::authority("another")?.pem())?;
        let here = ["127.0.0.1", "localhost"];
        made.write("server", &leaf(&here)?, &authority)?;
        made.write("wrong-name", &leaf(&["elsewhere.invalid"])?, &authority)?;
        let mut expired = leaf(&here)?;
        expired.not_before = date_time_ymd(2020, 1, 1);
        expired.not_after = date_time_ymd(2021, 1, 1);
        made.write("expired", &expired, &authority)?;
        let mut client = leaf(&["client.invalid"])?;
        client
            .distinguished_name
            .push(DnType::CommonName, "postgres");
        client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        made.write("client", &client, &authority)?;
        Ok(made)
    }

    /// The authority that signed all pairs, for clients and servers to trust.
    pub fn authority(&self) -> PathBuf {
        self.file("authority.pem")
    }

    /// An authority that signed nothing.
    pub fn other_authority(&self) -> PathBuf {
        self.file("other-authority.pem")
    }

    /// A server's, for 127.0.0.1 and localhost. It also serves between the nodes of a cluster.
    pub fn server(&self) -> Pair {
        self.pair("server")
    }

    /// A server's, for another name.
    pub fn wrong_name(&self) -> Pair {
        self.pair("wrong-name")
    }

    /// A server's, for 127.0.0.1 and localhost, until 2021.
    pub fn expired(&self) -> Pair {
        self.pair("expired")
    }

    /// A client's, in the name of `postgres`.
    pub fn client(&self) -> Pair {
        self.pair("client")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn pair(&self, name: &str) -> Pair {
        Pair {
            certificate: self.file(&format!("{name}.pem")),
            key: self.file(&format!("{name}.key")),
        }
    }

    fn write(&self, name: &str, params: &CertificateParams, authority: &Authority) -> TestResult {
        let key = KeyPair::generate()?;
        let pair = self.pair(name);
        fs::write(pair.certificate, params.signed_by(&key, authority)?.pem())?;
        Ok(fs::write(pair.key, key.serialize_pem())?)
    }
}

impl ServerTls {
    /// A server that shows a pair and asks clients for nothing.
    pub fn new(pair: Pair, authority: &Path) -> Self {
        Self {
            pair,
            authority: authority.to_path_buf(),
            ask_clients: false,
        }
    }

    /// The server refuses clients without a certificate that the authority signed.
    #[must_use]
    pub fn ask_clients(mut self) -> Self {
        self.ask_clients = true;
        self
    }
}

fn authority(name: &str) -> TestResult<Authority> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn leaf(names: &[&str]) -> TestResult<CertificateParams> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
