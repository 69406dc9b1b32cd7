//! A server of PostgreSQL starts, answers, is disturbed and dies.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{Connection as _, Executor as _};
use tokio::time::timeout;
use typed_state::testing::TestResult;
use typed_state_tests::servers::{Certificates, PostgresServer, ServerTls};

const A_WHILE: Duration = Duration::from_millis(300);

async fn start() -> PostgresServer {
    let options = PostgresServer::options().without_fsync();
    options.start().await.unwrap()
}

fn options(url: &str) -> PgConnectOptions {
    url.parse().unwrap()
}

/// Connects as a client of the tests would, over TCP, and asks for something.
async fn ask(options: &PgConnectOptions) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect_with(options).await?;
    connection.execute("select 1").await?;
    connection.close().await
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_stop_and_after_a_kill() {
    let server = PostgresServer::options().start().await.unwrap();
    let (port, pid) = (server.port(), server.pid());
    let fsync = server.query_one_text("show fsync").await.unwrap();
    assert_eq!(fsync, "on");
    let mut client = PgConnection::connect(&server.url().unwrap()).await.unwrap();
    client
        .execute("create table kept (kept text)")
        .await
        .unwrap();
    client
        .execute("insert into kept values ('stop')")
        .await
        .unwrap();
    // Though a client is connected.
    server.stop().await.unwrap();
    assert_eq!(server.pid(), None);
    assert!(
        server
            .log()
            .unwrap()
            .contains("database system is shut down")
    );
    client.execute("select 1").await.unwrap_err();
    server.start_again().await.unwrap();
    assert_eq!(server.port(), port);
    assert_ne!(server.pid(), pid);

    server
        .execute("insert into kept values ('kill')")
        .await
        .unwrap();
    for _ in 0..3 {
        server.kill().unwrap();
        server.execute("select 1").await.unwrap_err();
        server.start_again().await.unwrap();
    }
    assert!(
        server
            .log()
            .unwrap()
            .contains("automatic recovery in progress")
    );
    let kept = "select string_agg(kept, ',' order by kept) from kept";
    assert_eq!(server.query_one_text(kept).await.unwrap(), "kill,stop");
}

#[tokio::test]
async fn a_paused_server_keeps_its_connections_and_answers_nothing() {
    let server = start().await;
    let url = server.url().unwrap();
    let mut client = PgConnection::connect(&url).await.unwrap();
    server.pause().unwrap();
    assert!(!server.is_running().unwrap());
    timeout(A_WHILE, ask(&options(&url))).await.unwrap_err();
    let mut waiting = Box::pin(client.execute("select 1"));
    timeout(A_WHILE, &mut waiting).await.unwrap_err();
    server.resume().unwrap();
    waiting.await.unwrap();
    server.pause().unwrap();
    server.stop().await.unwrap();
    server.start_again().await.unwrap();
    server.pause().unwrap();
    server.kill().unwrap();
}

#[tokio::test]
async fn the_connections_of_clients_are_ended() {
    let server = start().await;
    let mut client = PgConnection::connect(&server.url().unwrap()).await.unwrap();
    assert_eq!(server.terminate_backends().await.unwrap(), 1);
    let error = client.execute("select 1").await.unwrap_err();
    let code = error
        .as_database_error()
        .and_then(|error| error.code().map(String::from));
    assert_eq!(code.as_deref(), Some("57P01"), "{error}");
    server.wait_until_ready().await.unwrap();
}

#[tokio::test]
async fn options_reach_the_server() {
    let server = PostgresServer::options()
        .without_fsync()
        .password("of 'postgres'\"/@")
        .role("reader", "of reader")
        .database("other")
        .setting("lock_timeout", "1234ms")
        .access("host all banned 127.0.0.1/32 reject")
        .role("banned", "of banned")
        .start()
        .await
        .unwrap();
    let url = server.url().unwrap();
    ask(&options(&url)).await.unwrap();
    let wrong = server.url_of("postgres", "wrong", "postgres").unwrap();
    assert_eq!(refusal(&options(&wrong)).await, "28P01");
    for (setting, value) in [
        ("fsync", "off"),
        ("synchronous_commit", "on"),
        ("max_connections", "200"),
        ("lock_timeout", "1234ms"),
        ("password_encryption", "scram-sha-256"),
    ] {
        let shown = server.query_one_text(&format!("show {setting}")).await;
        assert_eq!(shown.unwrap(), value);
    }
    let reader = server.url_of("reader", "of reader", "other").unwrap();
    let mut reader = PgConnection::connect(&reader).await.unwrap();
    let refused = reader.execute("create table nothing ()").await.unwrap_err();
    assert!(
        refused.to_string().contains("permission denied"),
        "{refused}"
    );
    let banned = server.url_of("banned", "of banned", "other").unwrap();
    assert_eq!(refusal(&options(&banned)).await, "28000");
    let password = server.password();
    let debug = format!(
        "{server:?} {:?}",
        PostgresServer::options().password(password)
    );
    assert!(
        !debug.contains(password) && !debug.contains("'postgres'"),
        "{debug}"
    );
    assert!(!server.log().unwrap().contains("'postgres'"));
}

#[tokio::test]
async fn a_wrong_setting_is_told() {
    let options = PostgresServer::options().setting("no_such_setting", "1");
    let error = options.start().await.unwrap_err().to_string();
    assert!(
        error.contains("it ended instead") && error.contains("no_such_setting"),
        "{error}"
    );
}

/// The code of the error with which a client is refused.
async fn refusal(options: &PgConnectOptions) -> String {
    let error = ask(options).await.unwrap_err();
    let code = error
        .as_database_error()
        .and_then(|error| error.code().map(String::from));
    code.unwrap_or_else(|| error.to_string())
}

#[tokio::test]
async fn a_tls_server_refuses_what_it_should() {
    let made = Certificates::generate().unwrap();
    let tls = |pair| ServerTls::new(pair, &made.authority());
    let fast = || PostgresServer::options().without_fsync();
    let secured = |server: &PostgresServer| {
        let options = options(&server.url().unwrap()).ssl_mode(PgSslMode::VerifyFull);
        options.ssl_root_cert(made.authority())
    };
    let plain =
        |server: &PostgresServer| options(&server.url().unwrap()).ssl_mode(PgSslMode::Disable);

    let both = fast().tls(tls(made.server())).start().await.unwrap();
    ask(&secured(&both)).await.unwrap();
    ask(&plain(&both)).await.unwrap();
    let other = secured(&both).ssl_root_cert(made.other_authority());
    ask(&other).await.unwrap_err();

    let only = tls(made.server()).ask_clients();
    let only = fast().only_tls(only).start().await.unwrap();
    assert_eq!(refusal(&plain(&only)).await, "28000");
    assert_eq!(refusal(&secured(&only)).await, "28000");
    let client = made.client();
    let shown = secured(&only)
        .ssl_client_cert(client.certificate)
        .ssl_client_key(client.key);
    ask(&shown).await.unwrap();

    for (pair, reason) in [
        (made.wrong_name(), "not valid for name"),
        (made.expired(), "expired"),
    ] {
        let server = fast().only_tls(tls(pair)).start().await.unwrap();
        let error = ask(&secured(&server)).await.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
    ask(&secured(&start().await)).await.unwrap_err();
}

#[test]
fn a_shared_server_outlives_the_runtime_that_started_it() {
    let run = || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let server = PostgresServer::shared().await?;
            TestResult::Ok((server.pid(), server.fresh_schema().await?))
        })
    };
    let ((pid, schema), (same_pid, other_schema)) = (run().unwrap(), run().unwrap());
    assert_eq!(pid, same_pid);
    assert_ne!(schema, other_schema);
}
