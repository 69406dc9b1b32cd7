use super::server::{Server, free_port, wait_until};
use super::*;

struct Watched {
    sentinel: Server,
    primary: Server,
    replica: Server,
}

impl Watched {
    fn start() -> Self {
        let primary = Server::start(&[]);
        let port = primary.port.to_string();
        let replica = Server::start(&["--replicaof", "127.0.0.1", &port]);
        let monitor = format!("sentinel monitor main 127.0.0.1 {port} 1");
        let lines = [
            "bind 127.0.0.1",
            &monitor,
            "sentinel down-after-milliseconds main 500",
            "sentinel failover-timeout main 2000",
        ];
        let sentinel = Server::start_on("redis-sentinel", free_port(), &lines);
        wait_until("the Sentinel knows the replica", || {
            let Value::Array(replicas) = sentinel.command(&["SENTINEL", "REPLICAS", "main"]) else {
                return false;
            };
            !replicas.is_empty()
                && replica
                    .text(&["INFO", "replication"])
                    .contains("master_link_status:up")
        });
        Self {
            sentinel,
            primary,
            replica,
        }
    }

    fn settings(&self) -> Settings {
        settings(Mode::Sentinel {
            sentinels: vec![Address::tcp("127.0.0.1", 1), self.sentinel.address()],
            service: "main".into(),
            credentials: Credentials::default(),
            tls: None,
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_is_found_and_its_successor() {
    let mut watched = Watched::start();
    let link = open(watched.settings()).await;
    assert_eq!(link.topology().owner(0), Some(&watched.primary.address()));
    link.call(&within(1000), write(&["SET", "k", "v"]))
        .await
        .unwrap();
    let mut from_replica = read(&["GET", "k"]);
    from_replica.target = Target::Replica;
    wait_until("the replica has it", || {
        watched.replica.command(&["GET", "k"]) == bulk("v")
    });
    assert_eq!(link.call(&within(1000), from_replica).await, Ok(bulk("v")));
    watched.primary.kill();
    succeeds(&link, &watched).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_hangs_is_left_for_its_successor() {
    let watched = Watched::start();
    let link = open(watched.settings()).await;
    watched.primary.signal("-STOP");
    // Far longer than the failover: it ends with the connection, not at the deadline.
    let started = Instant::now();
    let failure = link
        .call(&within(60_000), write(&["SET", "k", "v"]))
        .await
        .unwrap_err();
    assert_eq!((failure.kind, failure.sent), (Kind::Lost, Sent::Unknown));
    assert!(started.elapsed() < Duration::from_secs(20));
    succeeds(&link, &watched).await;
    watched.primary.signal("-CONT");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_service_is_a_mistake_of_configuration() {
    let sentinel = Server::start_on("redis-sentinel", free_port(), &["bind 127.0.0.1"]);
    let error = refused(settings(Mode::Sentinel {
        sentinels: vec![sentinel.address()],
        service: "main".into(),
        credentials: Credentials::default(),
        tls: None,
    }))
    .await;
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
}

async fn succeeds(link: &Link, watched: &Watched) {
    let limit = Instant::now() + Duration::from_secs(20);
    loop {
        match link
            .call(&within(1000), write(&["SET", "k", "after"]))
            .await
        {
            Ok(_) => break,
            Err(failure) => assert!(Instant::now() < limit, "{failure}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(link.topology().owner(0), Some(&watched.replica.address()));
    assert_eq!(watched.replica.command(&["GET", "k"]), bulk("after"));
}
