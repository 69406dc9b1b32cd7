use super::server::{Server, wait_until};
use super::*;

fn pair() -> (Server, Server) {
    let primary = Server::start(&[]);
    let port = primary.port.to_string();
    let replica = Server::start(&["--replicaof", "127.0.0.1", &port]);
    wait_until("the replica follows", || {
        replica
            .text(&["INFO", "replication"])
            .contains("master_link_status:up")
    });
    (primary, replica)
}

fn durable(server: &Server, count: u32, millis: u64) -> Settings {
    let mut settings = standalone(server);
    settings.durable = Some(Replicas {
        count,
        timeout: Duration::from_millis(millis),
    });
    settings
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_counts_once_the_replicas_have_it() {
    let (primary, replica) = pair();
    let link = open(durable(&primary, 1, 2000)).await;
    let cx = within(4000);
    link.call(&cx, write(&["SET", "k", "v"])).await.unwrap();
    assert_eq!(replica.text(&["GET", "k"]), "v");
    link.call(&cx, count("c")).await.unwrap();
    let answers = link
        .call_many(&cx, (0..250).map(|_| count("c")).collect())
        .await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(replica.number(&["GET", "c"]), 251);
    assert_eq!(link.call(&cx, read(&["GET", "k"])).await, Ok(bulk("v")));
    assert!(link.pool_state().size >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_replicas_leave_the_outcome_unknown_and_say_how_many() {
    let (primary, _replica) = pair();
    let link = open(durable(&primary, 2, 1500)).await;
    let failure = link
        .call(&within(4000), write(&["SET", "k", "v"]))
        .await
        .unwrap_err();
    assert_eq!(
        (failure.kind, failure.sent),
        (Kind::Replicas, Sent::Unknown)
    );
    let error = failure.into_error(Effect::Write);
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert!(
        error.to_string().contains("on 1 replicas, of the 2"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_is_used_up_says_so_and_recovers() {
    let server = Server::start(&[]);
    let mut settings = durable(&server, 1, 1000);
    settings.pool = PoolSettings {
        min: 2,
        max: 2,
        timeout: Duration::from_millis(200),
    };
    let link = open(settings).await;
    wait_until("the pool is warm", || link.pool_state().size == 2);
    let cx = within(5000);
    let writes = (0..3).map(|_| link.call(&cx, write(&["INCR", "c"])));
    let failures: Vec<Failure> = join_all(writes)
        .await
        .into_iter()
        .map(Result::unwrap_err)
        .collect();
    let pool: Vec<_> = failures
        .iter()
        .filter(|failure| failure.kind == Kind::Pool)
        .collect();
    assert_eq!(pool.len(), 1, "{failures:?}");
    assert_eq!(pool[0].sent, Sent::Never);
    let error = pool[0].clone().into_error(Effect::Write);
    assert!(error.to_string().contains("pool_max"), "{error}");
    assert_eq!(server.number(&["GET", "c"]), 2);

    // A call that is dropped takes its connection with it, and the next one gets another.
    for _ in 0..4 {
        let dropped = link.call(&cx, write(&["INCR", "c"]));
        assert!(
            tokio::time::timeout(Duration::from_millis(50), dropped)
                .await
                .is_err()
        );
    }
    let failure = link.call(&cx, write(&["INCR", "c"])).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Replicas);
}
