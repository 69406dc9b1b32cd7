use std::time::Instant;

use super::server::{Server, wait_until};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_is_found_again() {
    let mut server = Server::start(&[]);
    let link = open(standalone(&server)).await;
    link.call(&within(1000), write(&["SET", "k", "v"]))
        .await
        .unwrap();
    server.kill();
    wait_until("the end is noticed", || link.pool_state().connected == 0);
    for _ in 0..3 {
        let started = Instant::now();
        let failure = link
            .call(&within(3000), write(&["SET", "k", "v"]))
            .await
            .unwrap_err();
        assert_eq!(failure.sent, Sent::Never, "{failure}");
        assert_eq!(
            failure.into_error(Effect::Write).kind(),
            ErrorKind::Unavailable
        );
        assert!(started.elapsed() < Duration::from_millis(1500));
    }
    server.start_again();
    assert_eq!(
        link.call(&within(3000), write(&["SET", "k", "v"])).await,
        Ok(Value::Okay)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_ended_while_idle_costs_no_write() {
    let server = Server::start(&[]);
    let link = open(standalone(&server)).await;
    for round in 1..=5 {
        server.command(&["CLIENT", "KILL", "TYPE", "normal"]);
        tokio::time::sleep(Duration::from_millis(30)).await;
        let answer = link.call(&within(2000), write(&["INCR", "c"])).await;
        assert_eq!(answer, Ok(Value::Int(round)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_read_is_sent_again_and_a_lost_write_is_reported() {
    let server = Server::start(&[]);
    let link = open(standalone(&server)).await;
    server.command(&["SET", "c", "7"]);
    server.command(&["CLIENT", "PAUSE", "600", "ALL"]);
    let cx = within(4000);
    let both = async {
        let read = link.call(&cx, read(&["GET", "c"]));
        let write = link.call(&cx, write(&["INCR", "c"]));
        futures_util::future::join(read, write).await
    };
    let kill = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        // CLIENT LIST and KILL wait for the pause as well; the socket is cut from outside.
        for connection in link.shared.map.routes().primaries() {
            connection.demote();
        }
    };
    let ((read, write), ()) = futures_util::future::join(both, kill).await;
    assert_eq!(read, Ok(bulk("7")));
    let failure = write.unwrap_err();
    assert_eq!((failure.kind, failure.sent), (Kind::Lost, Sent::Unknown));
    assert_eq!(
        failure.into_error(Effect::Write).kind(),
        ErrorKind::OutcomeUnknown
    );
    assert!(server.number(&["GET", "c"]) <= 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_holds_nobody_beyond_the_deadline() {
    let server = Server::start(&[]);
    let link = open(standalone(&server)).await;
    server.signal("-STOP");
    for (effect, kind) in [
        (Effect::Write, ErrorKind::OutcomeUnknown),
        (Effect::Idempotent, ErrorKind::OutcomeUnknown),
        (Effect::Read, ErrorKind::Timeout),
    ] {
        let started = Instant::now();
        let failure = link
            .call(&within(300), plain(effect, &["INCR", "c"]))
            .await
            .unwrap_err();
        assert_eq!(failure.into_error(effect).kind(), kind);
        let took = started.elapsed().as_millis();
        assert!((290..400).contains(&took), "{took}");
    }
    assert_eq!(
        link.pool_state().connected,
        0,
        "three in a row end the connection"
    );
    let started = Instant::now();
    let failure = link
        .call(&within(300), write(&["INCR", "c"]))
        .await
        .unwrap_err();
    assert_eq!((failure.kind, failure.sent), (Kind::Timeout, Sent::Never));
    assert!(started.elapsed() < Duration::from_millis(400));
    server.signal("-CONT");
    link.call(&within(3000), write(&["INCR", "c"]))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn impatient_requests_end_no_healthy_connection() {
    let server = Server::start(&[]);
    let link = open(standalone(&server)).await;
    let id = server.text(&["CLIENT", "LIST"]);
    let id = id
        .lines()
        .next()
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    for _ in 0..20 {
        let cx = Context::new().with_deadline(Deadline::after(Duration::from_micros(20)).unwrap());
        let _ = link.call(&cx, read(&["GET", "k"])).await;
    }
    link.call(&within(1000), read(&["GET", "k"])).await.unwrap();
    assert!(server.text(&["CLIENT", "LIST"]).contains(&id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_has_passed_sends_nothing() {
    let server = Server::start(&[]);
    let link = open(standalone(&server)).await;
    let failure = link
        .call(&within(0), write(&["INCR", "c"]))
        .await
        .unwrap_err();
    assert_eq!((failure.kind, failure.sent), (Kind::Timeout, Sent::Never));
    assert_eq!(server.command(&["GET", "c"]), Value::Nil);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_wrong_for_a_while_heals() {
    let mut server = Server::start(&["--requirepass", "right"]);
    server.password = Some("right".into());
    let mut settings = standalone(&server);
    settings.credentials = password("right");
    let link = open(settings).await;
    server.command(&["CONFIG", "SET", "requirepass", "other"]);
    server.password = Some("other".into());
    server.command(&["CLIENT", "KILL", "TYPE", "normal"]);
    tokio::time::sleep(Duration::from_millis(50)).await;
    for _ in 0..3 {
        let failure = link
            .call(&within(2000), read(&["GET", "k"]))
            .await
            .unwrap_err();
        assert_eq!(
            failure.into_error(Effect::Read).kind(),
            ErrorKind::Configuration
        );
    }
    server.command(&["CONFIG", "SET", "requirepass", "right"]);
    assert_eq!(
        link.call(&within(2000), read(&["GET", "k"])).await,
        Ok(Value::Nil)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demoted_server_is_waited_for_until_the_deadline() {
    let server = Server::start(&[]);
    let link = open(standalone(&server)).await;
    server.command(&["REPLICAOF", "127.0.0.1", "1"]);
    let failure = link
        .call(&within(400), write(&["INCR", "c"]))
        .await
        .unwrap_err();
    assert_eq!(failure.code(), Some("READONLY"));
    assert_eq!(
        failure.into_error(Effect::Write).kind(),
        ErrorKind::Unavailable
    );
    let promote = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.command(&["REPLICAOF", "NO", "ONE"]);
    };
    let cx = within(4000);
    let call = link.call(&cx, write(&["INCR", "c"]));
    let (answer, ()) = futures_util::future::join(call, promote).await;
    assert_eq!(answer, Ok(Value::Int(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_what_to_do() {
    let server = Server::start(&["--busy-reply-threshold", "50"]);
    let link = open(standalone(&server)).await;
    server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let failure = link
        .call(&within(1000), write(&["SET", "k", "v"]))
        .await
        .unwrap_err();
    let error = failure.into_error(Effect::Write);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("raise maxmemory"), "{error}");
    server.command(&["CONFIG", "SET", "maxmemory", "0"]);

    server.command(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    let failure = link
        .call(&within(1000), write(&["SET", "k", "v"]))
        .await
        .unwrap_err();
    assert_eq!(failure.code(), Some("NOREPLICAS"));
    server.command(&["CONFIG", "SET", "min-replicas-to-write", "0"]);

    let port = server.port;
    let busy = std::thread::spawn(move || {
        let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
        let mut connection = client.get_connection().unwrap();
        let _ = redis::cmd("EVAL")
            .arg("while true do end")
            .arg(0)
            .exec(&mut connection);
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let failure = link
        .call(&within(1000), write(&["SET", "k", "v"]))
        .await
        .unwrap_err();
    assert_eq!(failure.code(), Some("BUSY"));
    server.command(&["SCRIPT", "KILL"]);
    busy.join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_room_for_clients_says_so() {
    let server = Server::start(&["--maxclients", "2"]);
    let _first = open(standalone(&server)).await;
    let _second = open(standalone(&server)).await;
    let error = refused(standalone(&server)).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("maxclients"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_wait_share_one_attempt_to_connect() {
    let server = Server::start(&[]);
    let link = open(standalone(&server)).await;
    server.command(&["CLIENT", "KILL", "TYPE", "normal"]);
    wait_until("the end is noticed", || link.pool_state().connected == 0);
    let before = connections(&server);
    let cx = within(3000);
    let calls = (0..64).map(|_| link.call(&cx, write(&["INCR", "c"])));
    let answers = join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok));
    // One of the link, one of the question before, one of the question now.
    assert!(connections(&server) - before <= 2);
}

fn connections(server: &Server) -> i64 {
    let stats = server.text(&["INFO", "stats"]);
    let count = stats
        .lines()
        .find_map(|line| line.strip_prefix("total_connections_received:"));
    count.unwrap().trim().parse().unwrap()
}
