//! TLS, access control lists, databases and secrets.

use std::time::Duration;

use redis::from_redis_value;
use typed_state::ErrorKind::{Backend, Configuration, Corrupt, OutcomeUnknown, Timeout};
use typed_state::backend::{
    Backend as _, Commit, Condition, Context, Deadline, Expiry, Mutation, Notice, Notify as _,
    Outcome, Revision, Scope,
};
use typed_state::backends::{Redis, RedisConfig};
use typed_state::key::encode_key;
use typed_state::testing::TestResult;
use typed_state::{Error, StateKey, Store, Ttl};
use typed_state_tests::redis::{of_cluster, of_sentinels};
use typed_state_tests::servers::{Certificates, RedisCluster, RedisServer, SentinelSet, ServerTls};

use crate::redis_canary::{
    Item, Note, PASSWORD, USER, VALUE, fails, heals, is, keeps_secrets, listen, log_keeps_secrets,
    open, refuses, to, told,
};

/// What a user needs, as `docs/redis.md` has it.
const NEEDED: [&str; 23] = [
    "+info",
    "+script|load",
    "+evalsha",
    "+time",
    "+ping",
    "+get",
    "+mget",
    "+mset",
    "+getrange",
    "+set",
    "+del",
    "+exists",
    "+pttl",
    "+pexpireat",
    "+pexpiretime",
    "+persist",
    "+zadd",
    "+zrem",
    "+zcard",
    "+zrange",
    "+scan",
    "+memory|usage",
    "~state:*",
];

/// What a Cluster needs in addition.
const NEEDED_IN_A_CLUSTER: [&str; 6] = [
    "+cluster|slots",
    "+cluster|info",
    "+cluster|nodes",
    "+cluster|getkeysinslot",
    "+asking",
    "+readonly",
];

/// What is needed at the Sentinels.
const NEEDED_AT_SENTINELS: [&str; 4] = [
    "+sentinel|get-master-addr-by-name",
    "+sentinel|master",
    "+sentinel|replicas",
    "+sentinel|sentinels",
];

/// Gives the user these rights and no others.
async fn allow(server: &RedisServer, user: &str, rights: &[&str]) -> TestResult {
    let password = format!(">{PASSWORD}");
    let mut words = vec!["ACL", "SETUSER", user, "reset", "on", &password, "-@all"];
    words.extend(rights);
    server.command(&words).await?;
    Ok(())
}

/// Does everything once. Gives what went wrong.
async fn exercise(store: &Store<Redis>) -> Vec<Error> {
    let redis = store.backend();
    let key = encode_key(&Note(1)).unwrap();
    let mut errors = crate::redis_canary::exercise(store).await;
    errors.extend(redis.server_info().await.err());
    errors.extend(redis.memory_usage(&key).await.err());
    errors.extend(redis.sweep().await.err());
    errors
}

#[tokio::test]
async fn the_rights_of_a_user_suffice_and_none_is_superfluous() -> TestResult {
    let server = RedisServer::options().start().await?;
    let config = || {
        to(server.address())
            .username(USER)
            .password(PASSWORD)
            .command_timeout(Duration::from_secs(5))
    };
    allow(&server, USER, &NEEDED).await?;
    let errors = exercise(&open(config()).await?).await;
    assert!(errors.is_empty(), "{errors:#?}");

    for missing in NEEDED {
        let rights: Vec<&str> = NEEDED
            .into_iter()
            .filter(|right| *right != missing)
            .collect();
        allow(&server, USER, &rights).await?;
        let errors = match Redis::open(&config().build()?).await {
            Ok(redis) => exercise(&Store::new(redis)).await,
            Err(error) => vec![error],
        };
        let named = errors
            .iter()
            .filter(|error| error.to_string().contains("NOPERM"));
        assert!(named.count() > 0, "without {missing}: {errors:#?}");
        for error in &errors {
            keeps_secrets(&told(error));
            assert_eq!(error.kind(), Configuration, "without {missing}: {error}");
        }
    }

    // A database other than the first is selected.
    allow(&server, USER, &NEEDED).await?;
    refuses(
        config().database(3),
        Configuration,
        &["NOPERM", "grant the user"],
    )
    .await;
    let rights: Vec<&str> = NEEDED.into_iter().chain(["+select"]).collect();
    allow(&server, USER, &rights).await?;
    heals(&open(config().database(3)).await?).await;
    log_keeps_secrets();
    Ok(())
}

#[tokio::test]
async fn a_commit_that_is_refused_for_one_right_applies_nothing() -> TestResult {
    let server = RedisServer::options().start().await?;
    allow(&server, USER, &NEEDED).await?;
    let item = |name| Item { shop: 1, name };
    let (old, new) = ("old".to_owned(), "new".to_owned());
    let everyone = open(to(server.address())).await?;
    let brief = Ttl::new(Duration::from_mins(1)).unwrap();
    everyone
        .put_many([(&item(1), &old), (&item(2), &old)])
        .await?;
    let store = open(to(server.address()).username(USER).password(PASSWORD)).await?;
    let commands = [
        "del",
        "exists",
        "persist",
        "pexpireat",
        "pexpiretime",
        "set",
        "zadd",
    ];
    for missing in commands.into_iter().chain(["zcard", "zrange", "zrem"]) {
        let right = format!("-{missing}");
        allow(&server, USER, &[&NEEDED[..], &[&right]].concat()).await?;
        let mut transaction = store.transaction();
        transaction
            .put(&item(1), &new)?
            .put_expiring(&item(3), &new, brief)?
            .touch(&item(1), brief)?
            .delete(&item(2))?;
        let error = transaction.commit().await.unwrap_err();
        is(&error, Configuration, &["NOPERM", "grant the user"]);
        let items = everyone.range(Item::prefix().shop(1)).collect().await?;
        let before = [(item(1), old.clone()), (item(2), old.clone())];
        assert_eq!(items, before, "without {missing}");
        assert_eq!(everyone.get(&item(3)).await?, None, "without {missing}");
    }
    Ok(())
}

/// Whoever announces what he changes needs a right, and whoever hears of it another.
#[tokio::test]
async fn the_rights_of_announcements() -> TestResult {
    let server = RedisServer::options().start().await?;
    let channel = "&state:changes:*";
    let store = open(to(server.address()).username(USER).password(PASSWORD));
    allow(&server, USER, &NEEDED).await?;
    let store = store.await?;
    let key = encode_key(&Note(1)).unwrap();
    let announced = Context::new().with_announcements();
    let put = |value: &'static [u8]| {
        let mut put = Commit::new(Revision::from_bits(1), Scope::Partition);
        let (key, expiry) = (key.clone(), Expiry::Never);
        let value = value.into();
        put.apply(Mutation::Put { key, value, expiry })?;
        Ok::<_, Error>(put)
    };
    for rights in [&["+publish"][..], &[channel], &[]] {
        allow(&server, USER, &[&NEEDED[..], rights].concat()).await?;
        let refused = store.backend().commit(&announced, put(b"x")?).await;
        is(&refused.unwrap_err(), Configuration, &["NOPERM"]);
        let keys = std::slice::from_ref(&key);
        assert_eq!(store.backend().get(&Context::new(), keys).await?, [None]);
        let brief = Deadline::after(Duration::from_millis(500)).unwrap();
        let brief = Context::new().with_deadline(brief);
        let watch = store.backend().watch(&brief).await;
        is(&watch.unwrap_err(), Timeout, &["listened to"]);
    }
    allow(
        &server,
        USER,
        &[&NEEDED[..], &["+publish", "+subscribe", channel]].concat(),
    )
    .await?;
    let mut watch = store.backend().watch(&Context::new()).await?;
    let applied = store.backend().commit(&announced, put(b"y")?).await?;
    assert!(matches!(applied, Outcome::Applied(_)));
    while watch.next().await != Some(Notice::Changed(key.as_bytes().into())) {}
    log_keeps_secrets();
    Ok(())
}

/// Of several commits that go together, one that meets another program's bytes leaves the others.
#[tokio::test]
async fn what_is_foreign_fails_alone() -> TestResult {
    let server = RedisServer::options().start().await?;
    let store = open(to(server.address())).await?;
    let notes: Vec<_> = (0..3).map(|id| encode_key(&Note(id)).unwrap()).collect();
    store.put(&Note(1), &VALUE.to_owned()).await?;
    let names = server.command(&["KEYS", "*"]).await?;
    let names: Vec<Vec<u8>> = from_redis_value(names)?;
    server.command(&[b"DEL", &names[0][..]]).await?;
    server.command(&[b"RPUSH", &names[0][..], b"x"]).await?;
    let insert = |key: &typed_state::backend::Key| {
        let mut insert = Commit::new(Revision::from_bits(1), Scope::Partition);
        let (key, expiry) = (key.clone(), Expiry::Never);
        let value = b"x".as_slice().into();
        insert.require(Condition::Absent(key.clone()))?;
        insert.apply(Mutation::Put { key, value, expiry })?;
        Ok::<_, Error>(insert)
    };
    let inserts = notes.iter().map(insert).collect::<Result<_, _>>()?;
    let cx = Context::new();
    let outcomes = store.backend().commit_many(&cx, inserts).await;
    assert!(matches!(outcomes[0], Ok(Outcome::Applied(_))));
    assert_eq!(outcomes[1].as_ref().unwrap_err().kind(), Backend);
    assert!(matches!(outcomes[2], Ok(Outcome::Applied(_))));
    Ok(())
}

#[tokio::test]
async fn the_rights_behind_sentinels() -> TestResult {
    let set = SentinelSet::shared().await?;
    for server in set.servers() {
        allow(server, USER, &[&NEEDED[..], &["+role", "+wait"]].concat()).await?;
    }
    for sentinel in set.sentinels() {
        allow(sentinel, USER, &NEEDED_AT_SENTINELS).await?;
    }
    let config = || {
        of_sentinels(set)
            .username(USER)
            .password(PASSWORD)
            .sentinel_username(USER)
            .sentinel_password(PASSWORD)
            .wait_replicas(Some(1))
    };
    let errors = exercise(&open(config()).await?).await;
    assert!(errors.is_empty(), "{errors:#?}");

    for server in set.servers() {
        allow(server, USER, &[&NEEDED[..], &["+role"]].concat()).await?;
    }
    let store = open(config()).await?;
    let error = store.put(&Note(1), &VALUE.to_owned()).await.unwrap_err();
    is(&error, OutcomeUnknown, &["NOPERM", "waiting for replicas"]);
    for server in set.servers() {
        allow(server, USER, &NEEDED).await?;
    }
    refuses(config(), Configuration, &["NOPERM"]).await;
    for sentinel in set.sentinels() {
        allow(sentinel, USER, &NEEDED_AT_SENTINELS[1..]).await?;
    }
    refuses(config(), Configuration, &["NOPERM"]).await;
    Ok(())
}

#[tokio::test]
async fn the_rights_in_a_cluster() -> TestResult {
    let cluster = RedisCluster::shared().await?;
    let rights = [&NEEDED[..], &NEEDED_IN_A_CLUSTER].concat();
    for node in cluster.nodes() {
        allow(node, USER, &rights).await?;
    }
    let config = || of_cluster(cluster).username(USER).password(PASSWORD);
    let store = open(config()).await?;
    let errors = exercise(&store).await;
    assert!(errors.is_empty(), "{errors:#?}");

    // A slot that is on its way has more asked.
    store.put(&Note(1), &VALUE.to_owned()).await?;
    let (mut from, mut slot) = (None, 0_u16);
    for node in cluster.nodes() {
        let names = node.command(&["KEYS", "state:*"]).await?;
        if let Some(name) = from_redis_value::<Vec<Vec<u8>>>(names)?.first() {
            slot = from_redis_value(node.command(&[b"CLUSTER", &b"KEYSLOT"[..], name]).await?)?;
            from = Some(cluster.master_of(slot).await?);
        }
    }
    let from = from.unwrap();
    let to = cluster
        .master_of(if slot < 8_192 { 16_383 } else { 0 })
        .await?;
    cluster.half_move_slot(slot, from, to).await?;
    assert_eq!(store.get(&Note(1)).await?.as_deref(), Some(VALUE));
    // What moves may be seen on both sides.
    let seen = store.scan::<Note>().keys().collect().await?;
    assert!(!seen.is_empty() && seen.iter().all(|note| *note == Note(1)));
    cluster.finish_move(slot, from, to).await?;

    for (missing, scan) in [("+cluster|slots", false), ("+cluster|nodes", true)] {
        let fewer: Vec<&str> = rights
            .iter()
            .copied()
            .filter(|right| *right != missing)
            .collect();
        for node in cluster.nodes() {
            allow(node, USER, &fewer).await?;
        }
        if scan {
            fails(|| store.scan::<Note>().count(), Configuration, &["NOPERM"]).await;
        } else {
            refuses(config(), Configuration, &["NOPERM"]).await;
        }
    }
    Ok(())
}

#[tokio::test]
async fn tls_of_one_server() -> TestResult {
    let certificates = Certificates::generate()?;
    let authority = certificates.authority();
    let tls = ServerTls::new(certificates.server(), &authority).ask_clients();
    let server = RedisServer::options()
        .tls(tls)
        .password(PASSWORD)
        .start()
        .await?;
    let client = certificates.client();
    let config = |address: String| {
        to(address)
            .tls(true)
            .ca(&authority)
            .client_cert(&client.certificate)
            .client_key(&client.key)
            .password(PASSWORD)
    };
    let port = server.port();
    for host in ["127.0.0.1", "localhost"] {
        heals(&open(config(format!("{host}:{port}"))).await?).await;
    }
    let pem = std::fs::read_to_string(&authority)?;
    heals(&open(config(format!("127.0.0.1:{port}")).ca(pem)).await?).await;
    // The same by a URL.
    let url = format!(
        "rediss://:{PASSWORD}@localhost:{port}?ca={}&client_cert={}&client_key={}",
        authority.display(),
        client.certificate.display(),
        client.key.display()
    );
    heals(&open(RedisConfig::url(url)).await?).await;
    log_keeps_secrets();
    Ok(())
}

#[tokio::test]
async fn tls_behind_sentinels() -> TestResult {
    let certificates = Certificates::generate()?;
    let tls = ServerTls::new(certificates.server(), &certificates.authority());
    let servers = RedisServer::options().tls(tls).password(PASSWORD);
    let set = SentinelSet::options()
        .servers(servers)
        .sentinel_password(PASSWORD)
        .start()
        .await?;
    let config = || {
        of_sentinels(&set)
            .tls(true)
            .password(PASSWORD)
            .sentinel_password(PASSWORD)
    };
    let store = open(config().ca(certificates.authority())).await?;
    heals(&store).await;
    store.with_replica_reads().get(&Note(7)).await?;
    let wrong = config().ca(certificates.other_authority());
    refuses(wrong, Configuration, &["as `ca`"]).await;
    let wrong = config()
        .ca(certificates.authority())
        .sentinel_password("canary-wrong");
    refuses(wrong, Configuration, &["the user name or the password"]).await;
    log_keeps_secrets();
    Ok(())
}

#[tokio::test]
async fn tls_in_a_cluster() -> TestResult {
    let certificates = Certificates::generate()?;
    let tls = ServerTls::new(certificates.server(), &certificates.authority());
    let options = RedisServer::options().tls(tls).password(PASSWORD);
    let cluster = RedisCluster::start(options).await?;
    let config = || of_cluster(&cluster).tls(true).password(PASSWORD);
    let store = open(config().ca(certificates.authority())).await?;
    let errors = exercise(&store).await;
    assert!(errors.is_empty(), "{errors:#?}");
    let wrong = config().ca(certificates.other_authority());
    refuses(wrong, Configuration, &["as `ca`"]).await;
    log_keeps_secrets();
    Ok(())
}

#[tokio::test]
async fn a_unix_socket() -> TestResult {
    let server = RedisServer::options().password(PASSWORD).start().await?;
    let socket = server.socket();
    let url = format!("redis+unix://:{PASSWORD}@{}?db=2", socket.display());
    let store = open(RedisConfig::url(url)).await?;
    heals(&store).await;
    let server_side = server.command(&["INFO", "keyspace"]).await?;
    assert!(from_redis_value::<String>(server_side)?.contains("db2:keys=1"));
    let wrong = to(socket.display()).password("canary-wrong");
    refuses(wrong, Configuration, &["the user name or the password"]).await;
    Ok(())
}

#[tokio::test]
async fn databases_are_apart() -> TestResult {
    let server = RedisServer::options().start().await?;
    let first = open(to(server.address())).await?;
    let other = open(to(server.address()).database(5)).await?;
    first.put(&Note(1), &"first".to_owned()).await?;
    assert_eq!(other.get(&Note(1)).await?, None);
    other.put(&Note(1), &"other".to_owned()).await?;
    server
        .command(&["CLIENT", "KILL", "TYPE", "normal"])
        .await?;
    assert_eq!(first.get(&Note(1)).await?.as_deref(), Some("first"));
    assert_eq!(other.get(&Note(1)).await?.as_deref(), Some("other"));
    assert_eq!(other.scan::<Note>().clear().await?, 1);
    assert_eq!(first.scan::<Note>().count().await?, 1);
    Ok(())
}

/// The same entries as [`Note`], taken for something else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "note", value = u64)]
struct Number(u64);

#[tokio::test]
async fn values_and_passwords_are_shown_nowhere() -> TestResult {
    let server = RedisServer::options().password(PASSWORD).start().await?;
    let config = to(server.address()).password(PASSWORD);
    let built = config.clone().build()?;
    keeps_secrets(&format!("{built} {built:?} {built:#?}"));
    listen();
    let redis = Redis::open(&built).await?;
    keeps_secrets(&format!("{redis:?} {redis:#?}"));
    let store = Store::new(redis);
    keeps_secrets(&format!("{store:?} {store:#?} {:?}", store.transaction()));
    let url = format!("redis://{USER}:{PASSWORD}@{}", server.address());
    let error = Redis::connect(&url).await.unwrap_err();
    is(&error, Configuration, &["the user name or the password"]);

    // Bytes of another type, of no type, and no record at all.
    store.put(&Note(1), &VALUE.to_owned()).await?;
    keeps_secrets(&told(&store.get(&Number(1)).await.unwrap_err()));
    let names = server.command(&["KEYS", "*"]).await?;
    let name = &from_redis_value::<Vec<Vec<u8>>>(names)?[0];
    let cut = server
        .command(&[b"GETRANGE", &name[..], b"0", b"10"])
        .await?;
    let cut: Vec<u8> = from_redis_value(cut)?;
    for record in [
        VALUE.into(),
        [&cut, VALUE.as_bytes()].concat(),
        b"c".to_vec(),
    ] {
        server.command(&[b"SET", &name[..], &record]).await?;
        for error in [
            store.get(&Note(1)).await.err(),
            store.get_many(&[Note(1), Note(2)]).await.err(),
            store.scan::<Note>().collect().await.err(),
            store.update(&Note(1), |old| old).await.err(),
        ] {
            keeps_secrets(&told(&error.expect("the bytes are damaged")));
        }
    }
    let error = store.insert(&Note(1), &VALUE.to_owned()).await.unwrap_err();
    is(&error, Corrupt, &[]);
    // A list in place of a string.
    server.command(&[b"DEL", &name[..]]).await?;
    server
        .command(&[b"RPUSH", &name[..], VALUE.as_bytes()])
        .await?;
    for error in [
        store.get(&Note(1)).await.err(),
        store.insert(&Note(1), &VALUE.to_owned()).await.err(),
    ] {
        keeps_secrets(&told(&error.expect("it is a list")));
    }
    log_keeps_secrets();
    Ok(())
}
