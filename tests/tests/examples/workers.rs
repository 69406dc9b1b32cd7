//! The example `workers` as its users run it, on real servers.

use std::process::Command;

use typed_state_tests::postgres::fresh_table;
use typed_state_tests::redis::fresh_prefix;
use typed_state_tests::servers::{PostgresServer, RedisServer};

const PROOF: &str = "proved: 27004 flights on 460 days of 16 airlines were added once each, by ";

/// Runs it twice: the second crew finds what the first has left.
fn survives(url: &str) {
    let program = typed_state_tests::example("workers");
    for _ in 0..2 {
        let mut command = Command::new(&program);
        let output = command.args(["--store", url]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let wrong = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}\n{wrong}");
        assert_eq!(
            said.matches(": is killed, with its lock\n").count(),
            3,
            "{said}"
        );
        assert_eq!(said.matches(": is paused for longer").count(), 3, "{said}");
        assert!(said.contains("; its write was refused\n"), "{said}");
        assert!(said.lines().last().unwrap().starts_with(PROOF), "{said}");
    }
}

#[tokio::test]
async fn nothing_is_done_twice_or_lost_on_redis() {
    let server = RedisServer::shared().await.unwrap().url().unwrap();
    survives(&format!("{server}?key_prefix={}", fresh_prefix()));
}

#[tokio::test]
async fn nothing_is_done_twice_or_lost_on_postgres() {
    let server = PostgresServer::shared().await.unwrap().url().unwrap();
    survives(&format!("{server}?table={}", fresh_table()));
}
