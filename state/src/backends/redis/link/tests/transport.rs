use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

use super::server::{Server, free_port};
use super::*;

/// Certificates and keys, made for a test.
struct Certificates(TempDir);

type Issuer = CertifiedIssuer<'static, KeyPair>;

impl Certificates {
    fn make() -> Self {
        let made = Self(TempDir::new().unwrap());
        let authority = made.authority("ca");
        made.authority("other");
        made.certificate("server", "127.0.0.1", &authority);
        made.certificate("elsewhere", "elsewhere.example", &authority);
        made.certificate("client", "client", &authority);
        made
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn authority(&self, name: &str) -> Issuer {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(self.path(&format!("{name}.pem")), issuer.pem()).unwrap();
        issuer
    }

    fn certificate(&self, name: &str, holder: &str, issuer: &Issuer) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![holder.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, issuer).unwrap();
        std::fs::write(self.path(&format!("{name}.pem")), certificate.pem()).unwrap();
        std::fs::write(self.path(&format!("{name}.key")), key.serialize_pem()).unwrap();
    }

    fn server(&self, certificate: &str, clients: &str) -> (Server, u16) {
        let port = free_port();
        let path = |name: &str| self.path(name).to_str().unwrap().to_owned();
        let server = Server::start(&[
            "--tls-port",
            &port.to_string(),
            "--tls-cert-file",
            &path(&format!("{certificate}.pem")),
            "--tls-key-file",
            &path(&format!("{certificate}.key")),
            "--tls-ca-cert-file",
            &path("ca.pem"),
            "--tls-auth-clients",
            clients,
        ]);
        (server, port)
    }

    fn settings(
        &self,
        port: u16,
        authority: &str,
        identity: bool,
        names: Verification,
    ) -> Settings {
        let mut settings = settings(Mode::Standalone {
            server: Address::tcp("127.0.0.1", port),
        });
        let (certificate, key) = (self.path("client.pem"), self.path("client.key"));
        let files = TlsFiles {
            authority: Authority::File(&self.path(authority)),
            identity: identity.then_some((&certificate, &key)),
            verification: names,
        };
        settings.tls = Some(files.read().unwrap());
        settings
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_spoken_with_those_whose_certificate_is_good() {
    let made = Certificates::make();
    let (_server, port) = made.server("server", "no");
    let link = open(made.settings(port, "ca.pem", false, Verification::Full)).await;
    link.call(&within(1000), write(&["SET", "k", "v"]))
        .await
        .unwrap();

    let foreign = made.settings(port, "other.pem", false, Verification::Full);
    let foreign_in_any_name = made.settings(port, "other.pem", false, Verification::Authority);
    let (_other, other_port) = made.server("elsewhere", "no");
    let misnamed = made.settings(other_port, "ca.pem", false, Verification::Full);
    for settings in [foreign, foreign_in_any_name, misnamed] {
        let error = refused(settings).await;
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(error.to_string().contains("certificate"), "{error}");
    }
    open(made.settings(other_port, "ca.pem", false, Verification::Authority)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_a_certificate_gets_one() {
    let made = Certificates::make();
    let (_server, port) = made.server("server", "yes");
    open(made.settings(port, "ca.pem", true, Verification::Full)).await;
    let error = refused(made.settings(port, "ca.pem", false, Verification::Full)).await;
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert!(
        error.to_string().contains("refused our certificate"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_and_plain_do_not_meet() {
    let made = Certificates::make();
    let (server, port) = made.server("server", "no");
    let error = refused(made.settings(server.port, "ca.pem", false, Verification::Full)).await;
    assert!(error.to_string().contains("`tls` is on"), "{error}");
    let plain = settings(Mode::Standalone {
        server: Address::tcp("127.0.0.1", port),
    });
    let error = refused(plain).await;
    assert!(error.to_string().contains("`tls` is off"), "{error}");
}

#[test]
fn files_that_hold_no_certificates_are_named() {
    let directory = TempDir::new().unwrap();
    let empty = directory.path().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    for file in [empty.as_path(), Path::new("/does/not/exist.pem")] {
        let files = TlsFiles {
            authority: Authority::File(file),
            identity: None,
            verification: Verification::Full,
        };
        let error = files.read().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(
            error.to_string().contains(file.to_str().unwrap()),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unix_socket_serves_as_well() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("redis.sock");
    let _server = Server::start(&["--unixsocket", path.to_str().unwrap()]);
    let link = open(settings(Mode::Standalone {
        server: Address::Unix(path.as_path().into()),
    }))
    .await;
    link.call(&within(1000), write(&["SET", "k", "v"]))
        .await
        .unwrap();
    let missing = settings(Mode::Standalone {
        server: Address::Unix(Path::new("/does/not/exist.sock").into()),
    });
    assert_eq!(refused(missing).await.kind(), ErrorKind::Unavailable);
}
