use std::path::{Path, PathBuf};
use std::process::Command as Program;

use tempfile::TempDir;

use super::server::{Server, free_port};
use super::*;

/// Certificates, made for a test by `openssl`.
struct Certificates(TempDir);

impl Certificates {
    fn make() -> Self {
        let made = Self(TempDir::new().unwrap());
        made.authority("ca");
        made.authority("other");
        made.certificate("server", "IP:127.0.0.1");
        made.certificate("elsewhere", "DNS:elsewhere.example");
        made.certificate("client", "DNS:client");
        made
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn authority(&self, name: &str) {
        self.openssl(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={name} \
             -addext basicConstraints=critical,CA:TRUE -keyout {name}.key -out {name}.pem"
        ));
    }

    fn certificate(&self, name: &str, holder: &str) {
        std::fs::write(self.path("ext"), format!("subjectAltName={holder}\n")).unwrap();
        self.openssl(&format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN={name} \
             -keyout {name}.key -out {name}.csr"
        ));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out {name}.pem"
        ));
    }

    fn openssl(&self, arguments: &str) {
        let made = Program::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .expect("apt-get install -y openssl");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
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
            authority: Some(&self.path(authority)),
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
            authority: Some(file),
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
