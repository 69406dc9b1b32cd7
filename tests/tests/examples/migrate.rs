//! The example `migrate` as its users run it, from a Redis server to a PostgreSQL server.

use std::process::{Command, Output};
use std::time::Duration;

use tempfile::tempdir;
use typed_state::store::Lifetime;
use typed_state::window::{Batch, Tumbling};
use typed_state::{AnyBackend, StateKey, Store, Timestamp, Ttl};
use typed_state_tests::postgres::fresh_table;
use typed_state_tests::redis::fresh_prefix;
use typed_state_tests::servers::{PostgresServer, RedisServer};
use typed_state_tests::{Inputs, Numbers};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "accounts", value = u64)]
struct Account {
    #[state(partition)]
    bank: String,
    number: u32,
}

fn account(number: u32) -> Account {
    let bank = format!("bank {}", number % 7);
    Account { bank, number }
}

async fn open(url: &str) -> Store<AnyBackend> {
    Store::new(AnyBackend::connect(url).await.unwrap())
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

#[tokio::test]
async fn an_application_goes_on_where_it_was_moved_to() {
    let program = typed_state_tests::example("migrate");
    let redis = RedisServer::shared().await.unwrap().url().unwrap();
    let postgres = PostgresServer::shared().await.unwrap().url().unwrap();
    let from = format!("{redis}?key_prefix={}", fresh_prefix());
    let to = format!("{postgres}?table={}", fresh_table());

    let old = open(&from).await;
    for number in 0..500 {
        old.put(&account(number), &number.into()).await.unwrap();
    }
    let hour = Ttl::new(Duration::from_hours(1)).unwrap();
    let short = old.with_expiry(hour);
    short.put(&account(1_000), &1).await.unwrap();
    let minutes = || Tumbling::of(Duration::from_mins(1)).unwrap();
    let windows = old.windows::<u8, Inputs, _>("minutes", minutes());
    let windows = windows.open().await.unwrap();
    let mut batch = Batch::of("stream");
    batch.input(41, 7, Timestamp::from_millis(5), 99).unwrap();
    drop(windows.apply(batch).await.unwrap());

    let directory = tempdir().unwrap();
    let run = |replace: bool| {
        let mut command = Command::new(&program);
        command.args(["--from", &from, "--to", &to, "--checkpoints"]);
        command.arg(directory.path());
        command.args(replace.then_some("--replace"));
        command.output().unwrap()
    };
    let output = run(false);
    let (shown, wrong) = said(&output);
    assert!(output.status.success(), "{shown}\n{wrong}");
    assert!(shown.contains("accounts"), "{shown}");
    assert!(shown.contains(" from redis to postgres in "), "{shown}");
    assert!(
        shown.contains("nothing was written to redis meanwhile"),
        "{shown}"
    );

    let new = open(&to).await;
    for number in 0..500 {
        assert_eq!(
            new.get(&account(number)).await.unwrap(),
            Some(number.into())
        );
    }
    let left = new.ttl(&account(1_000)).await.unwrap();
    assert!(matches!(left, Lifetime::For(_)), "{left:?}");
    let windows = new.windows::<u8, Inputs, _>("minutes", minutes());
    let windows = windows.open().await.unwrap();
    assert_eq!(windows.position("stream").await.unwrap(), Some(41));
    let open = windows.between(..).await.unwrap();
    assert_eq!(open[0].output, Numbers(vec![99]));

    // A second time there is something.
    old.put(&account(0), &77).await.unwrap();
    let output = run(false);
    let (_, wrong) = said(&output);
    assert!(
        !output.status.success() && wrong.contains("--replace"),
        "{wrong}"
    );
    assert_eq!(new.get(&account(0)).await.unwrap(), Some(0));
    let output = run(true);
    assert!(output.status.success(), "{:?}", said(&output));
    assert_eq!(new.get(&account(0)).await.unwrap(), Some(77));
}
