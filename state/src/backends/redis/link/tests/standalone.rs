use super::server::Server;
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn values_go_there_and_back() {
    let server = Server::start(&[]);
    let link = open(standalone(&server)).await;
    let cx = Context::new();
    assert_eq!(
        link.call(&cx, write(&["SET", "k", "v"])).await,
        Ok(Value::Okay)
    );
    assert_eq!(link.call(&cx, read(&["GET", "k"])).await, Ok(bulk("v")));
    let failure = link
        .call(&cx, write(&["LPUSH", "k", "v"]))
        .await
        .unwrap_err();
    assert_eq!(
        (failure.code(), failure.sent),
        (Some("WRONGTYPE"), Sent::Refused)
    );
    assert!(!link.is_cluster() && link.topology().is_complete());
    let state = link.pool_state();
    assert_eq!((state.connected, state.shared, state.size), (1, 1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_learns_the_deadline_by_the_clock_of_the_server() {
    let server = Server::start(&[]);
    let link = open(standalone(&server)).await;
    let answer = link.call(&within(3000), count("c")).await.unwrap();
    let (deadline, now, argument): (i64, i64, String) = redis::from_redis_value(answer).unwrap();
    // It is told less a second.
    let left = deadline + 1000 - now;
    assert!((2900..=3000).contains(&left), "{left}");
    assert_eq!(argument, "x");

    let late = Call {
        command: Command::Script {
            script: &LATE,
            keys: vec![],
            arguments: vec![],
        },
        ..count("c")
    };
    let failure = link.call(&within(3000), late).await.unwrap_err();
    assert_eq!(failure.code(), Some("PASTDEADLINE"));
    assert_eq!(failure.into_error(Effect::Write).kind(), ErrorKind::Timeout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_the_server_forgot_is_loaded_and_runs_once() {
    let server = Server::start(&[]);
    let link = open(standalone(&server)).await;
    server.command(&["SCRIPT", "FLUSH"]);
    link.call(&within(2000), count("c")).await.unwrap();
    server.command(&["SCRIPT", "FLUSH"]);
    let answers = link
        .call_many(&within(2000), (0..10).map(|_| count("c")).collect())
        .await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(server.number(&["GET", "c"]), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_answered_in_order_each_for_itself() {
    let server = Server::start(&[]);
    let mut settings = standalone(&server);
    settings.pipeline_batch_size = 7;
    settings.connections = 3;
    let link = open(settings).await;
    let cx = within(5000);
    let calls = (0..100).map(|n| write(&["SET", &format!("k{n}"), &n.to_string()]));
    let answers = link.call_many(&cx, calls.collect()).await;
    assert!(answers.iter().all(|answer| *answer == Ok(Value::Okay)));

    let calls = (0..100).map(|n| match n {
        50 => write(&["LPUSH", "k50", "x"]),
        n => read(&["GET", &format!("k{n}")]),
    });
    let answers = link.call_many(&cx, calls.collect()).await;
    for (n, answer) in answers.into_iter().enumerate() {
        match n {
            50 => assert_eq!(answer.unwrap_err().code(), Some("WRONGTYPE")),
            n => assert_eq!(answer, Ok(bulk(&n.to_string()))),
        }
    }
    assert_eq!(link.pool_state().connected, 3);
    assert!(link.call_many(&cx, Vec::new()).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_node_is_asked_and_says_which_run_it_is() {
    let mut server = Server::start(&[]);
    let link = open(standalone(&server)).await;
    let cx = within(5000);
    let (first, answers) = ask(&link).await;
    assert_eq!(answers[0], Value::SimpleString("PONG".into()));
    assert!(matches!(answers[1], Value::ServerError(_)));
    assert_eq!(ask(&link).await.0, first);
    server.kill();
    server.start_again();
    assert_ne!(ask(&link).await.0, first);
    let elsewhere = Address::tcp("127.0.0.1", 1);
    let failure = link.call_at(&cx, &elsewhere, Vec::new()).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Unserved);
}

async fn ask(link: &Link) -> (RunId, Vec<Value>) {
    let address = link.topology().shards()[0].primary.clone();
    let commands = vec![command(&["PING"]), command(&["NONSENSE"])];
    link.call_at(&within(5000), &address, commands)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_closed_or_dropped_leaves_no_connection() {
    let server = Server::start(&[]);
    let clients = || server.text(&["CLIENT", "LIST"]).lines().count();
    let link = open(standalone(&server)).await;
    assert_eq!(clients(), 2);
    link.close();
    server::wait_until("the connection is gone", || clients() == 1);
    let failure = link
        .call(&within(1000), read(&["GET", "k"]))
        .await
        .unwrap_err();
    assert_eq!(failure.kind, Kind::Closed);

    let link = open(standalone(&server)).await;
    assert_eq!(clients(), 2);
    drop(link);
    server::wait_until("the connection is gone", || clients() == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_dropped_leave_the_connection_in_order() {
    let server = Server::start(&[]);
    let link = open(standalone(&server)).await;
    let cx = within(5000);
    for n in 0..200 {
        let text = n.to_string();
        let dropped = link.call(&cx, read(&["ECHO", "dropped"]));
        let _ = tokio::time::timeout(Duration::from_micros(n), dropped).await;
        assert_eq!(
            link.call(&cx, read(&["ECHO", &text])).await,
            Ok(bulk(&text))
        );
    }
    assert_eq!(server.text(&["CLIENT", "LIST"]).lines().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_chosen_and_must_exist() {
    let server = Server::start(&[]);
    let mut chosen = standalone(&server);
    chosen.database = 3;
    let link = open(chosen).await;
    link.call(&within(1000), write(&["SET", "k", "v"]))
        .await
        .unwrap();
    assert!(server.text(&["CLIENT", "LIST"]).contains("db=3"));
    assert!(server.text(&["INFO", "keyspace"]).contains("db3:keys=1"));

    let mut missing = standalone(&server);
    missing.database = 99;
    let error = refused(missing).await;
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert!(error.to_string().contains("`database`"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_commands_are_all_that_a_user_needs() {
    let server = Server::start(&[]);
    let rights = [
        "ACL",
        "SETUSER",
        "app",
        "on",
        ">secret",
        "resetkeys",
        "~c*",
        "-@all",
        "+info",
        "+select",
        "+script|load",
        "+evalsha",
        "+time",
        "+incr",
    ];
    server.command(&rights);
    let mut settings = standalone(&server);
    settings.credentials = Credentials {
        username: Some("app".into()),
        ..password("secret")
    };
    let link = open(settings).await;
    link.call(&within(1000), count("c")).await.unwrap();
    let failure = link
        .call(&within(1000), read(&["GET", "c"]))
        .await
        .unwrap_err();
    assert_eq!(failure.code(), Some("NOPERM"));
    assert_eq!(
        failure.into_error(Effect::Read).kind(),
        ErrorKind::Configuration
    );
}
