//! The proxy's modes do what they say, in front of a real server.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use redis::{Value, from_redis_value};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use typed_state_tests::proxy::{Mode, Proxy};
use typed_state_tests::servers::{PostgresServer, RedisServer};

const SOON: Duration = Duration::from_secs(10);
const A_WHILE: Duration = Duration::from_millis(100);

async fn proxy() -> (&'static RedisServer, Proxy) {
    let server = RedisServer::shared().await.unwrap();
    (server, Proxy::start(server.address()).await.unwrap())
}

/// Adds one to a counter at the server, through the proxy.
async fn request(client: &mut TcpStream, counter: &str) {
    let line = format!("INCR {counter}\r\n");
    client.write_all(line.as_bytes()).await.unwrap();
}

async fn answer(client: &mut TcpStream) -> String {
    let mut answer = [0; 4];
    let read = timeout(SOON, client.read_exact(&mut answer)).await.unwrap();
    read.unwrap();
    String::from_utf8(answer.to_vec()).unwrap()
}

async fn is_closed(client: &mut TcpStream) -> bool {
    let read = timeout(SOON, client.read(&mut [0])).await.unwrap();
    match read {
        Ok(length) => length == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

async fn is_silent(client: &mut TcpStream) -> bool {
    timeout(A_WHILE, client.read(&mut [0])).await.is_err()
}

/// Waits until the counter stands so at the server.
async fn counted(server: &RedisServer, counter: &str, expected: i64) {
    let deadline = Instant::now() + SOON;
    loop {
        let value = server.command(&["GET", counter]).await.unwrap();
        let value: Option<i64> = from_redis_value(value).unwrap();
        if value.unwrap_or_default() == expected {
            return;
        }
        assert!(Instant::now() < deadline, "{counter} is {value:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_passes_is_counted_and_may_be_cut() {
    let (_, proxy) = proxy().await;
    let mut one = TcpStream::connect(proxy.address()).await.unwrap();
    let mut other = TcpStream::connect(proxy.address()).await.unwrap();
    request(&mut one, "cut").await;
    assert_eq!(answer(&mut one).await, ":1\r\n");
    request(&mut other, "cut").await;
    assert_eq!(answer(&mut other).await, ":2\r\n");
    assert_eq!((proxy.connections(), proxy.open_connections()), (2, 2));
    proxy.cut();
    assert!(is_closed(&mut one).await && is_closed(&mut other).await);
    let mut third = TcpStream::connect(proxy.address()).await.unwrap();
    request(&mut third, "cut").await;
    assert_eq!(answer(&mut third).await, ":3\r\n");
    assert_eq!((proxy.connections(), proxy.open_connections()), (3, 1));
    drop(proxy);
    assert!(is_closed(&mut third).await);
}

#[tokio::test]
async fn a_delay_is_each_way_and_keeps_the_order() {
    let (_, proxy) = proxy().await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    proxy.set(Mode::Delay(A_WHILE)).await.unwrap();
    let begun = Instant::now();
    for _ in 0..5 {
        request(&mut client, "delay").await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(answer(&mut client).await, ":1\r\n");
    assert!(begun.elapsed() >= A_WHILE * 2, "{:?}", begun.elapsed());
    // Without waiting: they may come while the mode changes.
    proxy.set(Mode::Pass).await.unwrap();
    for number in 2..=5 {
        assert_eq!(answer(&mut client).await, format!(":{number}\r\n"));
    }
}

#[tokio::test]
async fn what_is_stalled_passes_later() {
    let (server, proxy) = proxy().await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    proxy.set(Mode::Stall).await.unwrap();
    request(&mut client, "stall").await;
    assert!(is_silent(&mut client).await);
    counted(server, "stall", 0).await;
    let mut late = TcpStream::connect(proxy.address()).await.unwrap();
    request(&mut late, "stall").await;
    assert!(is_silent(&mut late).await);
    proxy.set(Mode::Pass).await.unwrap();
    answer(&mut client).await;
    answer(&mut late).await;
    counted(server, "stall", 2).await;
}

#[tokio::test]
async fn answers_are_dropped_and_requests_pass() {
    let (server, proxy) = proxy().await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    proxy.set(Mode::DropAnswers).await.unwrap();
    request(&mut client, "drop").await;
    counted(server, "drop", 1).await;
    assert!(is_silent(&mut client).await);
}

#[tokio::test]
async fn connections_are_refused_and_open_ones_stay() {
    let (_, proxy) = proxy().await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    request(&mut client, "refuse").await;
    answer(&mut client).await;
    proxy.set(Mode::Refuse).await.unwrap();
    let refused = TcpStream::connect(proxy.address()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    request(&mut client, "refuse").await;
    assert_eq!(answer(&mut client).await, ":2\r\n");
    proxy.set(Mode::Pass).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    request(&mut client, "refuse").await;
    assert_eq!(answer(&mut client).await, ":3\r\n");
}

#[tokio::test]
async fn a_request_is_executed_and_its_answer_cut_once() {
    let (server, proxy) = proxy().await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    proxy.cut_before_answer();
    request(&mut client, "answer").await;
    assert!(is_closed(&mut client).await);
    counted(server, "answer", 1).await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    request(&mut client, "answer").await;
    assert_eq!(answer(&mut client).await, ":2\r\n");
}

#[tokio::test]
async fn what_a_server_says_before_it_closes_is_passed_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap()).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    proxy.set(Mode::Stall).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    server.write_all(b"full").await.unwrap();
    drop(server);
    for _ in 0..10 {
        request(&mut client, "nobody").await;
        tokio::time::sleep(A_WHILE / 20).await;
    }
    // All go on at once: requests to a server that has gone, and its words.
    proxy.set(Mode::Pass).await.unwrap();
    assert_eq!(answer(&mut client).await, "full");
    assert!(is_closed(&mut client).await);
}

#[tokio::test]
async fn a_connection_is_cut_in_the_middle_of_a_request() {
    let (server, proxy) = proxy().await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    let whole = "INCR middle\r\n".len();
    // All of the first request and a part of the second.
    proxy.cut_after(whole + 4);
    request(&mut client, "middle").await;
    assert_eq!(answer(&mut client).await, ":1\r\n");
    request(&mut client, "middle").await;
    assert!(is_closed(&mut client).await);
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    proxy.cut_after(0);
    request(&mut client, "middle").await;
    assert!(is_closed(&mut client).await);
    let value = server.command(&["GET", "middle"]).await.unwrap();
    assert_eq!(value, Value::BulkString(b"1".to_vec()));
}

#[tokio::test]
async fn postgres_is_disturbed_as_redis_is() {
    let server = PostgresServer::shared().await.unwrap();
    let table = format!("{}.kept", server.fresh_schema().await.unwrap());
    server
        .execute(&format!("create table {table} (way text)"))
        .await
        .unwrap();
    let kept = |way: &str| {
        let query = format!("select count(*) from {table} where way = '{way}'");
        async move { server.query_one_text(&query).await.unwrap() }
    };
    let keep = |way: &str| sqlx::AssertSqlSafe(format!("insert into {table} values ('{way}')"));
    let proxy = Proxy::start(server.address()).await.unwrap();
    let mut url = url::Url::parse(&server.url().unwrap()).unwrap();
    url.set_port(Some(proxy.address().port())).unwrap();
    let connect = async || PgConnection::connect(url.as_str()).await.unwrap();

    let mut client = connect().await;
    proxy.set(Mode::Delay(A_WHILE)).await.unwrap();
    let begun = Instant::now();
    client.execute("select 1").await.unwrap();
    assert!(begun.elapsed() >= A_WHILE * 2, "{:?}", begun.elapsed());

    proxy.set(Mode::Stall).await.unwrap();
    let mut stalled = Box::pin(client.execute(keep("stall")));
    timeout(A_WHILE, &mut stalled).await.unwrap_err();
    assert_eq!(kept("stall").await, "0");
    proxy.set(Mode::Pass).await.unwrap();
    stalled.await.unwrap();
    assert_eq!(kept("stall").await, "1");

    proxy.cut_before_answer();
    client
        .execute(sqlx::raw_sql(keep("cut")))
        .await
        .unwrap_err();
    let deadline = Instant::now() + SOON;
    while kept("cut").await == "0" {
        assert!(Instant::now() < deadline);
    }

    let mut client = connect().await;
    proxy.cut_after(4);
    client
        .execute(sqlx::raw_sql(keep("middle")))
        .await
        .unwrap_err();
    assert_eq!(kept("middle").await, "0");

    let mut client = connect().await;
    proxy.set(Mode::DropAnswers).await.unwrap();
    let lost = client.execute(sqlx::raw_sql(keep("drop")));
    timeout(A_WHILE, lost).await.unwrap_err();
    assert_eq!(kept("drop").await, "1");
    proxy.cut();
    proxy.set(Mode::Pass).await.unwrap();
    client.execute("select 1").await.unwrap_err();
    connect().await.execute("select 1").await.unwrap();

    proxy.set(Mode::Refuse).await.unwrap();
    PgConnection::connect(url.as_str()).await.unwrap_err();
}
