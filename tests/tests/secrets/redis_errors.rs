//! Wrong servers and wrong settings: each is an error of the right kind that says what to do, in time and without a
//! secret; and a store that was open works again once the cause is gone.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use typed_state::ErrorKind::{self, Backend, Configuration, OutcomeUnknown, Timeout, Unavailable};
use typed_state::backends::RedisConfig;
use typed_state::testing::TestResult;
use typed_state_tests::proxy::Proxy;
use typed_state_tests::redis::{FakeRedis, RedisMode, of_cluster, of_sentinels};
use typed_state_tests::servers::{Certificates, RedisCluster, RedisServer, SentinelSet, ServerTls};

use crate::redis_canary::{
    Hits, Item, Note, PASSWORD, USER, VALUE, fails, hasty, heals, is, keeps_secrets,
    log_keeps_secrets, open, refuses, to, told, until,
};

async fn drop_connections(server: &RedisServer) -> TestResult {
    server
        .command(&["CLIENT", "KILL", "TYPE", "normal"])
        .await?;
    Ok(())
}

#[tokio::test]
async fn wrong_credentials() -> TestResult {
    let user = format!("user {USER} on >{PASSWORD} ~* +@all");
    let server = RedisServer::options().password(PASSWORD).user(&user);
    let server = server.start().await?;
    let at = server.address();
    let advice = ["refuses the user name or the password", &at.to_string()[..]];
    refuses(to(at).password("canary-wrong"), Configuration, &advice).await;
    let wrong = to(at).username(USER).password("canary-wrong");
    refuses(wrong, Configuration, &advice).await;
    let unknown = to(at).username("canary-nobody").password(PASSWORD);
    refuses(unknown, Configuration, &advice).await;
    refuses(
        to(at),
        Configuration,
        &["NOAUTH", "check the user name and the password"],
    )
    .await;
    let open_to_all = to(RedisServer::shared().await?.address());
    let words = ["the server has no password", "remove `password`"];
    refuses(open_to_all.password(PASSWORD), Configuration, &words).await;

    // The same, of a store that is open.
    let by_default = open(to(at).password(PASSWORD)).await?;
    let by_name = open(to(at).username(USER).password(PASSWORD)).await?;
    heals(&by_default).await;
    heals(&by_name).await;
    server
        .command(&["CONFIG", "SET", "requirepass", "canary-new"])
        .await?;
    server.command(&["ACL", "DELUSER", USER]).await?;
    drop_connections(&server).await?;
    for store in [&by_default, &by_name] {
        let hits = store.counter(&Hits(1))?;
        fails(|| store.get(&Note(1)), Configuration, &advice).await;
        fails(
            || store.put(&Note(1), &VALUE.to_owned()),
            Configuration,
            &advice,
        )
        .await;
        fails(|| hits.add(1), Configuration, &advice).await;
        fails(|| store.health(), Configuration, &advice).await;
    }
    server
        .command(&["CONFIG", "SET", "requirepass", PASSWORD])
        .await?;
    let password = format!(">{PASSWORD}");
    server
        .command(&["ACL", "SETUSER", USER, "on", &password, "~*", "+@all"])
        .await?;
    heals(&by_default).await;
    heals(&by_name).await;
    log_keeps_secrets();
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_not_there() -> TestResult {
    let server = RedisServer::shared().await?;
    refuses(
        to(server.address()).database(16),
        Configuration,
        &["lower `database`"],
    )
    .await;
    Ok(())
}

#[tokio::test]
async fn wrong_certificates() -> TestResult {
    let certificates = Certificates::generate()?;
    let authority = certificates.authority();
    let serve = async |pair| {
        let tls = ServerTls::new(pair, &authority);
        RedisServer::options().tls(tls).start().await
    };
    let named = serve(certificates.wrong_name()).await?;
    let by = |server: &RedisServer| to(server.address()).tls(true).ca(&authority);
    let words = [
        "the server's certificate",
        "a name that the certificate holds",
    ];
    refuses(by(&named), Configuration, &words).await;
    let expired = serve(certificates.expired()).await?;
    refuses(
        by(&expired),
        Configuration,
        &["the server's certificate", "renew"],
    )
    .await;
    let good = serve(certificates.server()).await?;
    let unknown = by(&good).ca(certificates.other_authority());
    refuses(
        unknown,
        Configuration,
        &["the server's certificate", "as `ca`"],
    )
    .await;

    // The same, of a store that is open.
    let store = open(by(&good)).await?;
    heals(&store).await;
    let show = async |pair: typed_state_tests::servers::Pair| {
        let (certificate, key) = (pair.certificate, pair.key);
        let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
        let set = [
            "CONFIG",
            "SET",
            "tls-cert-file",
            certificate,
            "tls-key-file",
            key,
        ];
        good.command(&set).await?;
        drop_connections(&good).await
    };
    show(certificates.expired()).await?;
    fails(|| store.get(&Note(1)), Configuration, &["renew"]).await;
    show(certificates.wrong_name()).await?;
    fails(
        || store.put(&Note(1), &VALUE.to_owned()),
        Configuration,
        &["a name that"],
    )
    .await;
    show(certificates.server()).await?;
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_the_client_does_not_show() -> TestResult {
    let certificates = Certificates::generate()?;
    let authority = certificates.authority();
    let tls = ServerTls::new(certificates.server(), &authority).ask_clients();
    let server = RedisServer::options().tls(tls).start().await?;
    let without = to(server.address()).tls(true).ca(&authority);
    refuses(
        without,
        Configuration,
        &["refused our certificate", "`client_cert`"],
    )
    .await;
    Ok(())
}

#[tokio::test]
async fn tls_on_one_side_alone() -> TestResult {
    let certificates = Certificates::generate()?;
    let tls = ServerTls::new(certificates.server(), &certificates.authority());
    let secure = RedisServer::options().tls(tls).start().await?;
    refuses(
        to(secure.address()),
        Unavailable,
        &["port for TLS", "`tls` is off"],
    )
    .await;
    let plain = RedisServer::shared().await?.address();
    let config = to(plain).tls(true).ca(certificates.authority());
    refuses(config, Unavailable, &["connect_timeout", "`tls` is on"]).await;
    Ok(())
}

#[tokio::test]
async fn nobody_there() -> TestResult {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let silent = listener.local_addr()?;
    refuses(
        to(silent),
        Unavailable,
        &["no answer to the greeting", "try again"],
    )
    .await;
    let nodes = RedisConfig::cluster([silent.to_string()]);
    refuses(hasty(nodes), Unavailable, &["no answer to the greeting"]).await;
    let sentinels = [
        silent.to_string(),
        silent.to_string().replace("127.0.0.1", "localhost"),
    ];
    let sentinels = RedisConfig::sentinel(sentinels, "main");
    refuses(
        hasty(sentinels),
        Unavailable,
        &["no answer to the greeting"],
    )
    .await;
    drop(listener);
    refuses(to(silent), Unavailable, &["refused", "try again"]).await;
    let socket = std::env::temp_dir().join("no-such-socket");
    let socket = RedisConfig::standalone(socket.to_str().unwrap());
    refuses(hasty(socket), Unavailable, &["no connection"]).await;
    let nowhere = to("nowhere.invalid");
    refuses(nowhere, Unavailable, &["does not resolve"]).await;
    Ok(())
}

#[tokio::test]
async fn a_server_that_falls_silent_or_away() -> TestResult {
    let server = RedisServer::options().start().await?;
    let store = open(to(server.address())).await?;
    heals(&store).await;
    server.pause()?;
    let value = VALUE.to_owned();
    fails(|| store.get(&Note(1)), Timeout, &["more time"]).await;
    fails(
        || store.put(&Note(1), &value),
        OutcomeUnknown,
        &["read before"],
    )
    .await;
    fails(|| store.health(), Timeout, &[]).await;
    server.resume()?;
    heals(&store).await;
    server.kill()?;
    until("the end is noticed", async || {
        store.get(&Note(1)).await.err()
    })
    .await;
    fails(|| store.get(&Note(1)), Unavailable, &["server is back"]).await;
    fails(
        || store.insert(&Note(1), &value),
        Unavailable,
        &["nothing was applied"],
    )
    .await;
    server.start_again().await?;
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_no_redis() -> TestResult {
    let http = FakeRedis::start().await?;
    let store = open(to(http.address())).await?;
    let answer = format!("HTTP/1.1 400 Bad Request\r\nX-Echo: {PASSWORD}\r\n\r\n{VALUE}");
    http.answer("", answer);
    let words = ["not Redis's protocol", "that of a Redis server"];
    refuses(to(http.address()).password(PASSWORD), Configuration, &words).await;
    let cluster = hasty(RedisConfig::cluster([http.address().to_string()]));
    refuses(cluster, Configuration, &words).await;
    // Of a store that is open: a write may have been applied for all that anybody knows.
    fails(|| store.get(&Note(1)), Backend, &words).await;
    fails(|| store.get(&Note(1)), Configuration, &words).await;
    http.heal();
    heals(&store).await;
    http.answer("SET", "HTTP/1.1 400 Bad Request\r\n\r\n");
    fails(
        || store.put(&Note(1), &VALUE.to_owned()),
        OutcomeUnknown,
        &["read before"],
    )
    .await;
    http.heal();
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn the_wrong_mode() -> TestResult {
    let server = RedisServer::shared().await?;
    let set = SentinelSet::shared().await?;
    let cluster = RedisCluster::shared().await?;
    let texts = |address: std::net::SocketAddr| vec![address.to_string()];

    let words = ["not part of a Cluster", "use another mode"];
    let nodes = RedisConfig::cluster(texts(server.address()));
    refuses(hasty(nodes), Configuration, &words).await;
    let words = ["part of a Cluster", "use the mode for a Cluster"];
    let node = cluster.addresses()[0];
    refuses(to(node), Configuration, &words).await;
    refuses(to(node).database(1), Configuration, &words).await;

    let sentinels = texts(set.sentinel_addresses()[0]);
    let unknown = RedisConfig::sentinel(&sentinels, "elsewhere");
    refuses(hasty(unknown), Configuration, &["no service of that name"]).await;
    let no_sentinel = RedisConfig::sentinel(texts(server.address()), "main");
    refuses(hasty(no_sentinel), Configuration, &["no Sentinel"]).await;
    let words = ["is a Sentinel", "use the mode for Sentinels"];
    refuses(to(&sentinels[0]), Configuration, &words).await;
    refuses(
        hasty(of_sentinels(set)).sentinel_password(PASSWORD),
        Configuration,
        &["no password"],
    )
    .await;
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_too_old() -> TestResult {
    let fake = FakeRedis::start().await?;
    let info = format!(
        "redis_version:6.2.14\r\nredis_mode:standalone\r\nrun_id:{}\r\n",
        "a".repeat(40)
    );
    fake.answer("INFO", format!("${}\r\n{info}\r\n", info.len()));
    refuses(to(fake.address()), Configuration, &["6.2", "7.0 or newer"]).await;
    Ok(())
}

/// What a server may say to anything, and what it is then.
const REFUSALS: [(&str, ErrorKind, &str); 14] = [
    (
        "LOADING Redis is loading the dataset in memory",
        Unavailable,
        "try again",
    ),
    (
        "MASTERDOWN Link with MASTER is down",
        Unavailable,
        "try again",
    ),
    (
        "CLUSTERDOWN The cluster is down",
        Unavailable,
        "check the nodes",
    ),
    (
        "TRYAGAIN Multiple keys request during rehashing",
        Unavailable,
        "try again",
    ),
    (
        "READONLY You can't write against a read only replica.",
        Unavailable,
        "connect to its primary",
    ),
    (
        "OOM command not allowed when used memory > 'maxmemory'.",
        Unavailable,
        "raise maxmemory",
    ),
    (
        "MISCONF Redis is configured to save RDB snapshots",
        Unavailable,
        "look at its log",
    ),
    (
        "NOREPLICAS Not enough good replicas to write.",
        Unavailable,
        "min-replicas-to-write",
    ),
    (
        "BUSY Redis is busy running a script.",
        Unavailable,
        "SCRIPT KILL",
    ),
    (
        "NOPERM this user has no permissions",
        Configuration,
        "grant the user",
    ),
    (
        "NOAUTH Authentication required.",
        Configuration,
        "check the user name",
    ),
    (
        "DENIED Redis is running in protected mode",
        Configuration,
        "set a password",
    ),
    (
        "ERR max number of clients reached",
        Unavailable,
        "maxclients",
    ),
    ("ERR whatever", Backend, "whatever"),
];

#[tokio::test]
async fn whatever_a_server_refuses_with() -> TestResult {
    for (line, kind, advice) in REFUSALS {
        let fake = FakeRedis::start().await?;
        let store = open(to(fake.address())).await?;
        fake.answer("", format!("-{line}\r\n"));
        refuses(to(fake.address()), kind, &[advice]).await;
        if advice != "maxclients" {
            let words = [line.split(' ').next().unwrap(), advice];
            let value = VALUE.to_owned();
            let hits = store.counter(&Hits(1))?;
            tokio::join!(
                fails(|| store.get(&Note(1)), kind, &words),
                fails(|| store.put(&Note(1), &value), kind, &words),
                fails(
                    || store.put_many([(&Note(1), &value), (&Note(2), &value)]),
                    kind,
                    &words
                ),
                fails(|| hits.add(1), kind, &words),
                fails(|| store.scan::<Note>().count(), kind, &words),
                fails(|| store.snapshot::<Note>(), kind, &words),
                fails(|| store.backend().server_info(), kind, &words),
                fails(|| store.health(), kind, &words),
            );
        }
        fake.heal();
        heals(&store).await;
    }
    log_keeps_secrets();
    Ok(())
}

#[tokio::test]
async fn answers_that_make_no_sense() -> TestResult {
    let fake = FakeRedis::start().await?;
    let bulk = format!("${}\r\n{VALUE}\r\n", VALUE.len());
    let answers = [
        bulk.clone(),
        format!("*1\r\n{bulk}"),
        format!("*2\r\n{bulk}*1\r\n{bulk}"),
        format!("*2\r\n:1\r\n{bulk}"),
        format!("+{VALUE}\r\n"),
        ":-1\r\n".to_owned(),
        "*0\r\n".to_owned(),
        "$-1\r\n".to_owned(),
        "*-1\r\n".to_owned(),
        format!("=16\r\ntxt:{VALUE}\r\n"),
        format!("?{VALUE}\r\n"),
    ];
    let store = open(to(fake.address())).await?;
    let value = VALUE.to_owned();
    for answer in answers {
        // The greeting is left alone, but for what it shares with operations.
        for command in [
            "GET", "MGET", "SET", "DEL", "EVALSHA", "ZRANGE", "SCAN", "PING", "MEMORY",
        ] {
            fake.answer(command, answer.clone());
        }
        let item = Item { shop: 1, name: 1 };
        let errors = [
            store.get(&Note(1)).await.err(),
            store.put(&Note(1), &value).await.err(),
            store.delete(&Note(1)).await.err(),
            store.insert(&Note(1), &value).await.err(),
            store.put(&item, &value).await.err(),
            store.ttl(&Note(1)).await.err(),
            store.get_many(&[Note(1), Note(2)]).await.err(),
            store
                .put_many([(&Note(1), &value), (&Note(2), &value)])
                .await
                .err(),
            store.counter(&Hits(1))?.add(1).await.err(),
            store.range(Item::prefix().shop(1)).count().await.err(),
            store.scan::<Note>().count().await.err(),
            store.health().await.err(),
            store.backend().sweep().await.err(),
        ];
        assert!(errors[11].is_some(), "no PONG: {answer:?}");
        for error in errors.iter().flatten() {
            keeps_secrets(&told(error));
        }
        fake.heal();
        heals(&store).await;
    }
    let info = "*1\r\n$5\r\nhello\r\n";
    fake.answer("INFO", info);
    refuses(
        to(fake.address()),
        Configuration,
        &["does not say its version"],
    )
    .await;
    fake.heal();
    fake.answer(
        "SCRIPT LOAD",
        "$40\r\n0123456789012345678901234567890123456789\r\n",
    );
    refuses(to(fake.address()), Configuration, &["digest"]).await;
    log_keeps_secrets();
    Ok(())
}

#[tokio::test]
async fn a_replica_in_place_of_its_primary() -> TestResult {
    let set = SentinelSet::shared().await?;
    let replica = &set.servers()[1];
    let store = open(to(replica.address())).await?;
    let value = VALUE.to_owned();
    let words = ["READONLY", "connect to its primary"];
    fails(|| store.put(&Note(1), &value), Unavailable, &words).await;
    fails(|| store.insert(&Note(1), &value), Unavailable, &words).await;
    let hits = store.counter(&Hits(1))?;
    fails(|| hits.add(1), Unavailable, &words).await;
    Ok(())
}

#[tokio::test]
async fn a_server_without_memory() -> TestResult {
    let server = RedisServer::options()
        .max_memory(1, "noeviction")
        .start()
        .await?;
    let store = open(to(server.address())).await?;
    let value = VALUE.to_owned();
    let words = ["OOM", "raise maxmemory"];
    fails(|| store.put(&Note(1), &value), Unavailable, &words).await;
    fails(|| store.insert(&Note(1), &value), Unavailable, &words).await;
    fails(
        || store.put(&Item { shop: 1, name: 1 }, &value),
        Unavailable,
        &words,
    )
    .await;
    assert_eq!(store.get(&Note(1)).await?, None);
    server.command(&["CONFIG", "SET", "maxmemory", "0"]).await?;
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn a_server_that_cannot_write_to_its_disk() -> TestResult {
    let server = RedisServer::options().line("save 3600 1").start().await?;
    let store = open(to(server.address())).await?;
    heals(&store).await;
    let directory = server.socket().parent().unwrap().join("dump.rdb");
    let _ = fs::remove_file(&directory);
    fs::create_dir_all(directory.join("in-the-way"))?;
    server.command(&["BGSAVE"]).await?;
    let words = ["MISCONF", "look at its log"];
    until("a save has failed", async || {
        let error = store.put(&Note(1), &VALUE.to_owned()).await.err()?;
        is(&error, Unavailable, &words);
        Some(())
    })
    .await;
    fails(
        || store.insert(&Note(1), &VALUE.to_owned()),
        Unavailable,
        &words,
    )
    .await;
    fs::remove_dir_all(&directory)?;
    server.command(&["BGSAVE"]).await?;
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_busy_with_a_script() -> TestResult {
    let server = RedisServer::options()
        .line("busy-reply-threshold 20")
        .start()
        .await?;
    let store = open(to(server.address())).await?;
    heals(&store).await;
    let mut busy = TcpStream::connect(server.address()).await?;
    busy.write_all(b"EVAL 'while true do end' 0\r\n").await?;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let words = ["BUSY", "SCRIPT KILL"];
    fails(|| store.get(&Note(1)), Unavailable, &words).await;
    fails(
        || store.put(&Note(1), &VALUE.to_owned()),
        Unavailable,
        &words,
    )
    .await;
    refuses(to(server.address()), Unavailable, &words).await;
    let mut killer = TcpStream::connect(server.address()).await?;
    killer.write_all(b"SCRIPT KILL\r\n").await?;
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn a_server_that_takes_no_more_clients() -> TestResult {
    const MOST: usize = 5;
    let server = RedisServer::options().line(&format!("maxclients {MOST}"));
    let server = server.start().await?;
    let proxy = Proxy::start(server.address()).await?;
    let store = open(to(proxy.address())).await?;
    heals(&store).await;
    // A client that is taken is answered.
    let mut taken = Vec::new();
    let mut take = async || {
        let Ok(mut client) = TcpStream::connect(server.address()).await else {
            return Some(());
        };
        client.write_all(b"PING\r\n").await.ok();
        let mut answer = [0; 7];
        if client.read_exact(&mut answer).await.is_ok() && &answer == b"+PONG\r\n" {
            taken.push(client);
            return None;
        }
        Some(())
    };
    until("the server is full", &mut take).await;
    let words = ["takes no more clients", "maxclients"];
    refuses(to(server.address()), Unavailable, &words).await;
    refuses(to(server.address()).password(PASSWORD), Unavailable, &words).await;
    proxy.cut();
    // The place of the store's connection goes as well.
    tokio::time::sleep(Duration::from_millis(100)).await;
    until("the server is full again", &mut take).await;
    fails(|| store.get(&Note(1)), Unavailable, &words).await;
    drop(taken);
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn a_cluster_with_slots_that_nobody_serves() -> TestResult {
    let server = RedisServer::options()
        .line("cluster-enabled yes")
        .line("cluster-require-full-coverage no");
    let server = server.start().await?;
    let config = || hasty(RedisConfig::cluster([server.address().to_string()]));
    refuses(config(), Unavailable, &["serves no slot", "try again"]).await;
    server
        .command(&["CLUSTER", "ADDSLOTSRANGE", "0", "8191"])
        .await?;
    let store = open(config()).await?;
    let value = VALUE.to_owned();
    // Some of these lie on each side.
    until("half of it is served", async || {
        for number in 0..20 {
            match store.put(&Note(number), &value).await {
                Ok(_) => return Some(()),
                Err(error) if error.kind() == OutcomeUnknown => {}
                Err(error) => is(&error, Unavailable, &["try again"]),
            }
        }
        None
    })
    .await;
    fails(
        || store.scan::<Note>().count(),
        Unavailable,
        &["no server of the cluster owns slot"],
    )
    .await;
    server
        .command(&["CONFIG", "SET", "cluster-require-full-coverage", "yes"])
        .await?;
    // It looks at its state anew.
    server.command(&["CLUSTER", "DELSLOTS", "8191"]).await?;
    until("the cluster is down", async || {
        for number in 0..20 {
            let error = store.get(&Note(number)).await.err()?;
            is(&error, Unavailable, &["nothing was applied"]);
            if error.to_string().contains("CLUSTERDOWN") {
                return Some(());
            }
        }
        None
    })
    .await;
    server
        .command(&["CLUSTER", "ADDSLOTSRANGE", "8191", "16383"])
        .await?;
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn a_user_without_the_right() -> TestResult {
    let user = format!("user {USER} on >{PASSWORD} ~* +@all -set");
    let server = RedisServer::options().user(&user).start().await?;
    let store = open(to(server.address()).username(USER).password(PASSWORD)).await?;
    let value = VALUE.to_owned();
    let words = ["NOPERM", "grant the user"];
    fails(|| store.put(&Note(1), &value), Configuration, &words).await;
    fails(|| store.insert(&Note(1), &value), Configuration, &words).await;
    server
        .command(&["ACL", "SETUSER", USER, "+set", "resetkeys", "~other:*"])
        .await?;
    fails(|| store.get(&Note(1)), Configuration, &words).await;
    fails(|| store.put(&Note(1), &value), Configuration, &words).await;
    fails(|| store.insert(&Note(1), &value), Configuration, &words).await;
    server
        .command(&["ACL", "SETUSER", USER, "~state:*", "-script"])
        .await?;
    heals(&store).await;
    // A connection that is made anew has more to ask.
    drop_connections(&server).await?;
    fails(|| store.get(&Note(1)), Configuration, &words).await;
    server.command(&["ACL", "SETUSER", USER, "+script"]).await?;
    heals(&store).await;
    log_keeps_secrets();
    Ok(())
}

#[tokio::test]
async fn the_same_in_every_mode() -> TestResult {
    for mode in [
        RedisMode::Standalone,
        RedisMode::Sentinel,
        RedisMode::Cluster,
    ] {
        let config = hasty(mode.shared().await?);
        let words = ["no password"];
        refuses(config.password(PASSWORD), Configuration, &words).await;
    }
    let cluster = RedisCluster::shared().await?;
    refuses(
        hasty(of_cluster(cluster)).tls(true),
        Unavailable,
        &["`tls` is on"],
    )
    .await;
    Ok(())
}
