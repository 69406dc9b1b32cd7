//! The example `shards` as its users run it, on real servers.

use std::process::Command;

use typed_state_tests::postgres::fresh_table;
use typed_state_tests::redis::fresh_prefix;
use typed_state_tests::servers::{PostgresServer, RedisServer};

const ANSWER: &str = "27004 departures, ";
const SAME: &str = "a single run comes to the same, result by result";

fn comes_to_the_same(url: &str) {
    let program = typed_state_tests::example("shards");
    let output = Command::new(&program)
        .args(["--store", url])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let wrong = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}\n{wrong}");
    for line in [
        "worker 1 is killed, with its shards\n",
        "worker 2 is paused for longer than its locks live\n",
        "worker 2 has lost the shards ",
        "worker 3 gains the shards ",
        "worker 2 ends\n",
        "worker 3 ends\n",
    ] {
        assert!(said.contains(line), "no `{line}` in:\n{said}");
    }
    let end: Vec<&str> = said.lines().rev().take(2).collect();
    assert!(end.first() == Some(&SAME), "{said}");
    assert!(end.last().unwrap().starts_with(ANSWER), "{said}");
}

#[tokio::test]
async fn several_processes_come_to_what_one_comes_to_on_redis() {
    let server = RedisServer::shared().await.unwrap().url().unwrap();
    comes_to_the_same(&format!("{server}?key_prefix={}", fresh_prefix()));
}

#[tokio::test]
async fn several_processes_come_to_what_one_comes_to_on_postgres() {
    let server = PostgresServer::shared().await.unwrap().url().unwrap();
    comes_to_the_same(&format!("{server}?table={}", fresh_table()));
}
