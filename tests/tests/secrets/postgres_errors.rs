//! Wrong servers and wrong settings: each is an error of the right kind that says what to do, in time and without a
//! secret; and a store that was open works again once the cause is gone.

use std::net::TcpListener;
use std::process::Command;

use sqlx::{Connection as _, PgConnection};
use typed_state::ErrorKind::{
    self, Backend, Configuration, IncompatibleSchema, OutcomeUnknown, Timeout, Unavailable,
};
use typed_state::Store;
use typed_state::backends::{Postgres, PostgresConfig, SslMode};
use typed_state::testing::TestResult;
use typed_state_tests::proxy::{Mode, Proxy};
use typed_state_tests::servers::{Disk, PgBouncer, PostgresPair, PostgresServer};

use crate::postgres_canary::fake::Fake;
use crate::postgres_canary::{
    Hits, Item, Note, PASSWORD, ROLE, VALUE, as_role, at, fails, hasty, heals, log_keeps_secrets,
    open, options, refuses, shared, to, until,
};

/// Waits until reads fail so: what a store has open may go on for a while.
async fn notices(store: &Store<Postgres>, kind: ErrorKind) {
    until("the end is noticed", async || {
        let error = store.get(&Note(1)).await.err()?;
        (error.kind() == kind).then_some(())
    })
    .await;
}

/// Every way to ask and to change fails so.
async fn all_fail(store: &Store<Postgres>, kind: ErrorKind, words: &[&str]) {
    let value = VALUE.to_owned();
    let hits = store.counter(&Hits(1)).unwrap();
    tokio::join!(
        fails(|| store.get(&Note(1)), kind, words),
        fails(|| store.get_many(&[Note(1), Note(2)]), kind, words),
        fails(|| store.put(&Note(1), &value), kind, words),
        fails(|| store.delete(&Note(1)), kind, words),
        fails(
            || store.put_many([(&Note(1), &value), (&Note(2), &value)]),
            kind,
            words
        ),
        fails(|| store.update(&Note(1), |old| old), kind, words),
        fails(|| hits.add(1), kind, words),
        fails(|| store.scan::<Note>().count(), kind, words),
    );
}

/// What [`all_fail`] needs to be there.
async fn fill(store: &Store<Postgres>) -> TestResult {
    let value = VALUE.to_owned();
    store
        .put_many([(&Note(1), &value), (&Note(2), &value)])
        .await?;
    store.counter(&Hits(1))?.add(1).await?;
    Ok(())
}

#[tokio::test]
async fn wrong_credentials() -> TestResult {
    let server = options().start().await?;
    let advice = ["28P01", "check user name", &server.address().to_string()];
    refuses(
        as_role(&server).password("canary-wrong"),
        Configuration,
        &advice,
    )
    .await;
    let unknown = to(&server).username("nobody").password(PASSWORD);
    refuses(unknown, Configuration, &advice).await;
    let silent = hasty(PostgresConfig::hosts([server.address().to_string()]));
    refuses(silent.username(ROLE), Configuration, &["check user name"]).await;

    // The same, of a store that is open.
    server
        .execute("grant create on schema public to app")
        .await?;
    let store = open(as_role(&server)).await?;
    heals(&store).await;
    server
        .execute("alter role app password 'canary-new'")
        .await?;
    server.terminate_backends().await?;
    notices(&store, Configuration).await;
    all_fail(&store, Configuration, &advice).await;
    fails(|| store.health(), Configuration, &advice).await;
    fails(|| store.snapshot::<Note>(), Configuration, &advice).await;
    fails(|| store.backend().server_info(), Configuration, &advice).await;
    server
        .execute(&format!("alter role app password '{PASSWORD}'"))
        .await?;
    heals(&store).await;
    log_keeps_secrets();
    Ok(())
}

#[tokio::test]
async fn a_user_that_may_not_log_in_from_here() -> TestResult {
    let server = PostgresServer::options().access("host all app 127.0.0.1/32 reject");
    let server = server.without_fsync().role(ROLE, PASSWORD).start().await?;
    let words = ["28000", "pg_hba.conf"];
    refuses(as_role(&server), Configuration, &words).await;
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_not_there() -> TestResult {
    let server = shared().await?;
    let words = ["3D000", "\"elsewhere\" does not exist", "createdb"];
    refuses(to(server).database("elsewhere"), Configuration, &words).await;
    Ok(())
}

#[tokio::test]
async fn rights_that_are_missing_while_the_table_is_made_and_used() -> TestResult {
    let server = options().start().await?;
    let words = ["42501", "schema public", "GRANT CREATE ON SCHEMA"];
    refuses(as_role(&server), Configuration, &words).await;
    let words = ["42501", "database postgres", "`ON DATABASE …`"];
    refuses(as_role(&server).schema("new"), Configuration, &words).await;
    let left = "select count(*) from pg_class where relname like 'state%'";
    assert_eq!(server.query_one_text(left).await?, "0");

    let store = open(to(&server)).await?;
    let advice = ["42501", "table state_schema", "GRANT SELECT"];
    refuses(as_role(&server), Configuration, &advice).await;
    server
        .execute("grant select on state_schema to app; grant all on state to app")
        .await?;
    let as_role = open(as_role(&server)).await?;
    fill(&as_role).await?;
    server.execute("revoke all on state from app").await?;
    all_fail(
        &as_role,
        Configuration,
        &["42501", "table state", "GRANT SELECT"],
    )
    .await;
    heals(&store).await;
    server.execute("grant all on state to app").await?;
    heals(&as_role).await;
    Ok(())
}

#[tokio::test]
async fn a_full_disk() -> TestResult {
    let disk = Disk::new()?;
    let server = options().disk(&disk).start().await?;
    let store = open(to(&server)).await?;
    let small = VALUE.to_owned();
    let item = |name| Item { shop: 1, name };
    store.put(&item(1), &small).await?;
    store.put(&item(2), &small).await?;
    disk.fill()?;
    let large = VALUE.repeat(50_000);
    let words = ["53100", "nothing was applied", "disk is full"];
    let many = [item(1), item(2), item(3)];
    fails(|| store.put(&item(1), &large), Unavailable, &words).await;
    fails(|| store.insert(&item(3), &large), Unavailable, &words).await;
    fails(
        || store.put_many(many.iter().map(|key| (key, &large))),
        Unavailable,
        &words,
    )
    .await;
    let commit = || async {
        let mut transaction = store.transaction();
        transaction.require_present(&item(2))?;
        transaction.delete(&item(2))?.put(&item(3), &large)?;
        transaction.commit().await
    };
    fails(commit, Unavailable, &words).await;
    // Nothing is half written, and what needs no room goes on.
    let read = || async {
        let items = store.range(Item::prefix().shop(1)).collect().await.unwrap();
        items
            .into_iter()
            .map(|(key, value)| (key.name, value))
            .collect::<Vec<_>>()
    };
    let before = [(1, small.clone()), (2, small.clone())];
    assert_eq!(read().await, before);
    let refused = open(to(&server).schema("other")).await.unwrap_err();
    assert!(refused.to_string().contains("53100"), "{refused}");
    disk.free()?;
    commit().await?;
    assert_eq!(read().await, [(1, small), (3, large)]);
    heals(&open(to(&server).schema("other")).await?).await;
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_read_only() -> TestResult {
    let server = options().start().await?;
    let read_only = async |on: &str| {
        let set = format!("alter database postgres set default_transaction_read_only = {on}");
        server
            .execute(&format!("set transaction_read_only = off; {set}"))
            .await?;
        server.terminate_backends().await
    };
    let words = ["25006", "read-only", "name its primary"];
    read_only("on").await?;
    refuses(to(&server), Unavailable, &words).await;
    read_only("off").await?;
    let store = open(to(&server)).await?;
    heals(&store).await;
    read_only("on").await?;
    until("the end is noticed", async || {
        store.get(&Note(7)).await.ok()
    })
    .await;
    let value = VALUE.to_owned();
    let hits = store.counter(&Hits(1))?;
    fails(|| store.put(&Note(1), &value), Unavailable, &words).await;
    fails(|| store.insert(&Note(1), &value), Unavailable, &words).await;
    fails(
        || store.delete_many(&[Note(1), Note(2)]),
        Unavailable,
        &words,
    )
    .await;
    fails(|| hits.add(1), Unavailable, &words).await;
    assert_eq!(store.get(&Note(7)).await?.as_deref(), Some(VALUE));
    read_only("off").await?;
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn a_standby_as_the_only_host() -> TestResult {
    let pair = PostgresPair::start(options()).await?;
    let words = ["none of the hosts is a primary", "name the primary"];
    refuses(to(pair.replica()), Unavailable, &words).await;
    let store = open(to(pair.primary())).await?;
    heals(&store).await;
    pair.wait_until_replayed().await?;
    pair.promote().await?;
    heals(&open(to(pair.primary())).await?).await;
    Ok(())
}

#[tokio::test]
async fn tables_that_are_not_the_stores() -> TestResult {
    let server = shared().await?;
    let schema = server.fresh_schema().await?;
    let config = || to(server).schema(&schema);
    let about = format!("{schema}.state_schema");
    let table = format!("{schema}.state");
    let mine = [&*table, "not one that the store made", "name another"];
    let set = async |sql: &str| server.execute(sql).await;

    set(&format!("create table {table} (key text, value text)")).await?;
    refuses(config(), IncompatibleSchema, &mine).await;
    heals(&open(config().table("another")).await?).await;
    refuses(config().migrate(false), Configuration, &["is not there"]).await;
    set(&format!(
        "drop table {table}; create view {table} as select 1"
    ))
    .await?;
    refuses(config(), IncompatibleSchema, &mine).await;
    set(&format!("drop view {table}")).await?;

    let words = ["is not there", "`migrate`", "migration_sql"];
    refuses(config().migrate(false), Configuration, &words).await;
    let store = open(config()).await?;
    heals(&store).await;
    set(&format!("update {about} set version = 9, oldest = 9")).await?;
    let words = ["is of version 9", "run a newer program"];
    refuses(config(), IncompatibleSchema, &words).await;
    refuses(config().migrate(false), IncompatibleSchema, &words).await;
    // A newer one that older programs can work with.
    set(&format!("update {about} set oldest = 1")).await?;
    heals(&open(config()).await?).await;
    set(&format!("delete from {about}")).await?;
    refuses(config(), IncompatibleSchema, &mine).await;
    set(&format!(
        "insert into {about} (version, oldest) values (2, 1)"
    ))
    .await?;

    set(&format!("alter table {table} alter expires type integer")).await?;
    let words = ["no column `expires` of type bigint", "name another"];
    refuses(config(), IncompatibleSchema, &words).await;
    set(&format!("alter table {table} alter expires type bigint")).await?;
    set(&format!("alter table {table} rename value to worth")).await?;
    let words = ["no column `value` of type bytea", "name another"];
    refuses(config(), IncompatibleSchema, &words).await;
    set(&format!("alter table {table} rename worth to value")).await?;
    heals(&store).await;

    // Gone while a store has it open.
    set(&format!("alter table {table} rename to hidden")).await?;
    let words = ["42P01", "not there", "`migrate`"];
    fails(|| store.get(&Note(1)), Configuration, &words).await;
    fails(
        || store.put(&Note(1), &VALUE.to_owned()),
        Configuration,
        &words,
    )
    .await;
    fails(
        || store.insert(&Note(1), &VALUE.to_owned()),
        Configuration,
        &words,
    )
    .await;
    set(&format!("alter table {schema}.hidden rename to state")).await?;
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn a_server_that_takes_no_more_clients() -> TestResult {
    let server = options().setting("max_connections", "8").start().await?;
    server
        .execute("grant create on schema public to app")
        .await?;
    let store = open(as_role(&server)).await?;
    heals(&store).await;
    let url = server.url_of(ROLE, PASSWORD, "postgres")?;
    let mut taken = Vec::new();
    let mut take = async || match PgConnection::connect(&url).await {
        Ok(client) => {
            taken.push(client);
            None
        }
        Err(_) => Some(()),
    };
    until("the server is full", &mut take).await;
    let words = ["53300", "max_connections"];
    refuses(as_role(&server), Unavailable, &words).await;
    drop(taken);
    heals(&open(as_role(&server)).await?).await;

    // The same, of a store that is open.
    server.execute("alter role app connection limit 0").await?;
    server.terminate_backends().await?;
    until("the end is noticed", async || {
        let error = store.get(&Note(1)).await.err()?;
        error.to_string().contains("53300").then_some(())
    })
    .await;
    all_fail(&store, Unavailable, &words).await;
    server.execute("alter role app connection limit -1").await?;
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_shutting_down() -> TestResult {
    let server = options().start().await?;
    let store = open(to(&server)).await?;
    heals(&store).await;
    // It ends once the last client has gone, and takes no others.
    let held = store.snapshot::<Note>().await?;
    let pid = server.pid().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()?
            .success()
    );
    let words = ["57P03", "shutting down", "server is back"];
    until("the server shuts down", async || {
        Postgres::open(&to(&server).build().ok()?).await.err()
    })
    .await;
    refuses(to(&server), Unavailable, &words).await;
    heals(&store).await;
    fails(|| store.snapshot::<Note>(), Unavailable, &words).await;
    drop(held);
    server.stop().await?;
    notices(&store, Unavailable).await;
    all_fail(&store, Unavailable, &["refused", "server is back"]).await;
    server.start_again().await?;
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn nobody_there() -> TestResult {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let silent = listener.local_addr()?;
    let words = ["no connection within", "server is back"];
    refuses(at(silent), Unavailable, &words).await;
    drop(listener);
    refuses(at(silent), Unavailable, &["refused", "server is back"]).await;
    let folder = std::env::temp_dir().join("no-such-folder");
    let socket = at(folder.to_str().unwrap());
    refuses(socket, Unavailable, &[".s.PGSQL.5432", "server is back"]).await;
    refuses(at("nowhere.invalid"), Unavailable, &["nowhere.invalid"]).await;
    // A host that may answer is named among others that do not.
    let server = shared().await?;
    let some = PostgresConfig::hosts([silent.to_string(), server.address().to_string()]);
    let some = hasty(some.username("postgres").password("canary-wrong"));
    refuses(some, Configuration, &["28P01"]).await;
    Ok(())
}

#[tokio::test]
async fn a_server_that_falls_silent_or_away() -> TestResult {
    let server = options().start().await?;
    let store = open(to(&server)).await?;
    heals(&store).await;
    server.pause()?;
    let value = VALUE.to_owned();
    // On the connection that stands; the next would have to be made.
    fails(
        || store.put(&Note(1), &value),
        OutcomeUnknown,
        &["read before"],
    )
    .await;
    fails(|| store.get(&Note(1)), Timeout, &["more time"]).await;
    server.resume()?;
    heals(&store).await;
    server.kill()?;
    notices(&store, Unavailable).await;
    all_fail(
        &store,
        Unavailable,
        &["nothing was applied", "server is back"],
    )
    .await;
    server.start_again().await?;
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_no_postgresql() -> TestResult {
    let words = ["that of a PostgreSQL server"];
    for (bytes, in_plain) in [
        (&b"-ERR unknown command 'canary-value'\r\n"[..], &words[..]),
        (b"\x15\x03\x01\0\x02\x02\x28", &words),
        // The driver takes it for the beginning of a long answer, and waits for the rest.
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\ncanary-value",
            &["no connection within"],
        ),
    ] {
        let fake = Fake::saying(bytes).await?;
        refuses(at(fake.address), Configuration, &words).await;
        let plain = at(fake.address).ssl_mode(SslMode::Disable);
        let kind = if in_plain == words {
            Configuration
        } else {
            Unavailable
        };
        refuses(plain, kind, in_plain).await;
    }
    Ok(())
}

/// What a server may say to a new connection, and what it is then.
const AT_FIRST: [(&str, ErrorKind, &str); 10] = [
    ("28P01", Configuration, "check user name, password"),
    ("28000", Configuration, "pg_hba.conf"),
    ("3D000", Configuration, "createdb"),
    ("42501", Configuration, "grant the user"),
    ("53300", Unavailable, "max_connections"),
    ("57P01", Unavailable, "server is back"),
    ("57P03", Unavailable, "server is back"),
    ("08006", Unavailable, "server is back"),
    ("53200", Unavailable, "out of memory"),
    ("XX000", Backend, "whatever"),
];

/// What it may say to a statement.
const LATER: [(&str, ErrorKind, &str); 12] = [
    ("53100", Unavailable, "free space"),
    ("53200", Unavailable, "out of memory"),
    ("53400", Unavailable, "lacks resources"),
    ("25006", Unavailable, "name its primary"),
    ("40001", Unavailable, "try again"),
    ("40P01", Unavailable, "try again"),
    ("55P03", Timeout, "more time"),
    ("57014", Timeout, "more time"),
    ("42501", Configuration, "grant the user"),
    ("42883", Configuration, "`migrate`"),
    ("23514", Backend, "whatever"),
    ("XX000", Backend, "whatever"),
];

#[tokio::test]
async fn whatever_a_server_refuses_with() -> TestResult {
    for (code, kind, advice) in AT_FIRST {
        let fake = Fake::refusing(code, "whatever", VALUE).await?;
        refuses(at(fake.address), kind, &[code, advice]).await;
    }
    let server = options().start().await?;
    let store = open(to(&server)).await?;
    fill(&store).await?;
    server
        .execute(
            "grant all on state, state_schema to app; alter table state enable row level security; \
             create policy every on state using (true); \
             create function refuse() returns boolean language sql as 'select true'; \
             create policy refusing on state as restrictive using (refuse()) with check (refuse())",
        )
        .await?;
    let store = open(as_role(&server)).await?;
    heals(&store).await;
    for (code, kind, advice) in LATER {
        server
            .execute(&format!(
                "create or replace function refuse() returns boolean language plpgsql as \
                 $$begin raise exception 'whatever' using errcode = '{code}', detail = '{VALUE}', hint = '{VALUE}'; end$$"
            ))
            .await?;
        all_fail(&store, kind, &[code, advice]).await;
        server
            .execute(
                "create or replace function refuse() returns boolean language sql as 'select true'",
            )
            .await?;
        heals(&store).await;
    }
    log_keeps_secrets();
    Ok(())
}

#[tokio::test]
async fn values_are_in_no_error_of_the_server() -> TestResult {
    let server = shared().await?;
    let schema = server.fresh_schema().await?;
    let store = open(to(server).schema(&schema)).await?;
    // Its detail holds the row.
    server
        .execute(&format!(
            "alter table {schema}.state add check (octet_length(value) < 100)"
        ))
        .await?;
    let large = VALUE.repeat(50);
    fails(|| store.put(&Note(1), &large), Backend, &["23514"]).await;
    fails(|| store.insert(&Note(1), &large), Backend, &["23514"]).await;
    fails(
        || store.put_many([(&Note(1), &large), (&Note(2), &large)]),
        Backend,
        &["23514"],
    )
    .await;
    assert_eq!(store.get(&Note(1)).await?, None);
    log_keeps_secrets();
    Ok(())
}

#[tokio::test]
async fn what_a_pooler_refuses() -> TestResult {
    let server = shared().await?;
    let bouncer = PgBouncer::start(server).await?;
    let config = || hasty(PostgresConfig::url(bouncer.url().unwrap())).statement_cache(false);
    let schema = server.fresh_schema().await?;
    let store = open(config().schema(&schema)).await?;
    heals(&store).await;
    let words = ["check the user name, the password and the database"];
    refuses(config().password("canary-wrong"), Configuration, &words).await;
    refuses(config().username("nobody"), Configuration, &words).await;
    bouncer.stop().await?;
    notices(&store, Unavailable).await;
    all_fail(&store, Unavailable, &["server is back"]).await;
    bouncer.start_again().await?;
    heals(&store).await;
    Ok(())
}

#[tokio::test]
async fn a_way_to_the_server_that_stalls() -> TestResult {
    let server = options().start().await?;
    let proxy = Proxy::start(server.address()).await?;
    let config = || at(proxy.address());
    let store = open(config()).await?;
    heals(&store).await;
    proxy.set(Mode::Stall).await?;
    fails(
        || store.insert(&Note(1), &VALUE.to_owned()),
        OutcomeUnknown,
        &["read before"],
    )
    .await;
    fails(|| store.get(&Note(1)), Timeout, &["more time"]).await;
    refuses(config(), Unavailable, &["no connection within"]).await;
    proxy.set(Mode::Pass).await?;
    heals(&store).await;
    Ok(())
}
