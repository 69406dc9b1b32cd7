//! A server starts, answers, is disturbed and dies; none outlives the tests.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use redis::{AsyncConnectionConfig, Client, RedisResult, Value};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use typed_state::testing::TestResult;
use typed_state_tests::servers::{Certificates, Pair, RedisServer, ServerTls};

use super::process::{runs, started};

fn text(bytes: &str) -> Value {
    Value::BulkString(bytes.into())
}

/// Sends a command as a client of the tests would, over TCP.
async fn ask(url: &str, command: &str) -> RedisResult<Value> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(Duration::from_millis(300)))
        .set_response_timeout(Some(Duration::from_millis(300)));
    let mut connection = Client::open(url)?
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    redis::cmd(command).query_async(&mut connection).await
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let server = RedisServer::options().append_only().start().await.unwrap();
    let (port, pid) = (server.port(), server.pid());
    server.command(&["SET", "key", "kept"]).await.unwrap();
    server.kill().unwrap();
    assert_eq!(server.pid(), None);
    server.command(&["PING"]).await.unwrap_err();
    server.start_again().await.unwrap();
    assert_eq!(server.port(), port);
    assert_ne!(server.pid(), pid);
    assert_eq!(server.command(&["GET", "key"]).await.unwrap(), text("kept"));
    server.stop().await.unwrap();
    assert!(server.log().unwrap().contains("Redis is now ready to exit"));
}

#[tokio::test]
async fn a_paused_server_keeps_its_connections_and_answers_nothing() {
    let server = RedisServer::options().start().await.unwrap();
    let url = server.url().unwrap();
    ask(&url, "PING").await.unwrap();
    server.pause().unwrap();
    assert!(!server.is_running().unwrap());
    assert!(ask(&url, "PING").await.unwrap_err().is_timeout());
    server.resume().unwrap();
    ask(&url, "PING").await.unwrap();
}

#[tokio::test]
async fn options_reach_the_server() {
    let server = RedisServer::options()
        .password("of \"default\"")
        .user("user reader on >of-reader ~app:* +get +ping")
        .max_memory(100 << 20, "noeviction")
        .min_replicas_to_write(1)
        .line("databases 3")
        .start()
        .await
        .unwrap();
    ask(&server.url().unwrap(), "PING").await.unwrap();
    let address = server.address();
    let without = ask(&format!("redis://{address}"), "PING").await;
    assert_eq!(without.unwrap_err().code(), Some("NOAUTH"));
    let reader = format!("redis://reader:of-reader@{address}");
    ask(&reader, "PING").await.unwrap();
    let refused = ask(&reader, "FLUSHALL").await.unwrap_err();
    assert_eq!(refused.code(), Some("NOPERM"));
    let written = server.command(&["SET", "key", "value"]).await.unwrap_err();
    assert!(written.to_string().contains("NOREPLICAS"), "{written}");
    for (name, value) in [
        ("maxmemory", "104857600"),
        ("maxmemory-policy", "noeviction"),
        ("databases", "3"),
    ] {
        let answer = server.command(&["CONFIG", "GET", name]).await.unwrap();
        assert_eq!(answer, Value::Array(vec![text(name), text(value)]));
    }
    let debug = format!("{server:?} {:?}", RedisServer::options().password("secret"));
    assert!(
        !debug.contains("secret") && !debug.contains("of \\"),
        "{debug}"
    );
}

#[tokio::test]
async fn a_wrong_line_is_told_without_its_text() {
    let error = RedisServer::options()
        .line("requirepass secret and more")
        .start()
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("Reading the configuration file"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

async fn ping_over_tls(
    server: &RedisServer,
    authority: &Path,
    client: Option<&Pair>,
) -> TestResult<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority)?)?;
    let config = ClientConfig::builder().with_root_certificates(roots);
    let config = match client {
        Some(pair) => config.with_client_auth_cert(
            vec![CertificateDer::from_pem_file(&pair.certificate)?],
            PrivateKeyDer::from_pem_file(&pair.key)?,
        )?,
        None => config.with_no_client_auth(),
    };
    let stream = TcpStream::connect(server.address()).await?;
    let name = ServerName::try_from("127.0.0.1")?;
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(name, stream).await?;
    stream.write_all(b"PING\r\n").await?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).await?;
    Ok(String::from_utf8(answer.to_vec())?)
}

#[tokio::test]
async fn a_tls_server_refuses_what_it_should() {
    let made = Certificates::generate().unwrap();
    let authority = made.authority();
    let tls = |pair| ServerTls::new(pair, &authority);
    let start = async |tls| RedisServer::options().tls(tls).start().await.unwrap();

    let server = start(tls(made.server()).ask_clients()).await;
    let client = made.client();
    let ping = ping_over_tls(&server, &authority, Some(&client)).await;
    assert_eq!(ping.unwrap(), "+PONG\r\n");
    ping_over_tls(&server, &authority, None).await.unwrap_err();
    ping_over_tls(&server, &made.other_authority(), Some(&client))
        .await
        .unwrap_err();
    let plain = format!("redis://{}", server.address());
    ask(&plain, "PING").await.unwrap_err();
    assert!(server.url().unwrap().starts_with("rediss://"));

    let server = start(tls(made.server())).await;
    let ping = ping_over_tls(&server, &authority, None).await;
    assert_eq!(ping.unwrap(), "+PONG\r\n");
    for (pair, reason) in [
        (made.wrong_name(), "not valid for name"),
        (made.expired(), "expired"),
    ] {
        let server = start(tls(pair)).await;
        let error = ping_over_tls(&server, &authority, None).await.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn a_shared_server_outlives_the_runtime_that_started_it() {
    let run = || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let server = RedisServer::shared().await.unwrap();
            server.command(&["PING"]).await.unwrap();
            server.pid()
        })
    };
    assert_eq!(run(), run());
}

#[test]
fn nothing_outlives_a_test_process_that_is_killed() {
    let (mut child, [shared, paused, socket]) = started("redis");
    let (shared, paused) = (&*shared, &*paused);
    assert!(runs(shared) && runs(paused) && Path::new(&socket).exists());
    child.kill().unwrap();
    child.wait().unwrap();
    // Its directory is that of all servers of the process.
    let directory = Path::new(&socket).ancestors().nth(2).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while runs(shared) || runs(paused) || directory.exists() {
        assert!(
            Instant::now() < deadline,
            "{shared}, {paused} or {socket} are left"
        );
        thread::sleep(Duration::from_millis(10));
    }
}
