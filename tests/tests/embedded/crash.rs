//! A process that writes to an embedded store is killed at any moment; what it had acknowledged is there.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use typed_state::backends::Embedded;
use typed_state_tests::crash::{Found, PAIR_TASKS, inspect, work};
use typed_state_tests::{embedded_file, kill_rounds, seed};

/// An acknowledged round, and where the counter stood after it.
struct Acknowledged {
    task: u64,
    round: u64,
    counter: u64,
}

fn spawn(directory: &Path, durability: &str) -> (Child, Receiver<String>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_embedded_crash_child"))
        .arg(directory)
        .arg(durability)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in output.lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    (child, lines)
}

/// Runs a child until it has acknowledged some rounds, kills it, and gives back what it had acknowledged.
fn run_and_kill(directory: &Path, durability: &str, random: &mut StdRng) -> Vec<Acknowledged> {
    let (mut child, lines) = spawn(directory, durability);
    let mut heard = Vec::new();
    // Some are killed while they open the store, perhaps after the crash before.
    let until = if random.random_ratio(1, 5) {
        0
    } else {
        random.random_range(1..150)
    };
    while heard.len() < until {
        match lines.recv_timeout(Duration::from_mins(1)) {
            Ok(line) => heard.push(line),
            Err(error) => panic!("the child fell silent: {error}"),
        }
    }
    std::thread::sleep(Duration::from_micros(random.random_range(0..4_000)));
    child.kill().unwrap();
    child.wait().unwrap();
    heard.extend(lines);
    heard.iter().filter_map(|line| parse(line)).collect()
}

/// A line that the kill cut off says nothing.
fn parse(line: &str) -> Option<Acknowledged> {
    let mut numbers = line.split(' ').map(str::parse);
    let mut next = || numbers.next()?.ok();
    Some(Acknowledged {
        task: next()?,
        round: next()?,
        counter: next()?,
    })
}

async fn reopen(directory: &Path) -> Found {
    let store = Embedded::builder(directory)
        .sweep_every(None)
        .open()
        .await
        .unwrap();
    let found = inspect(&store).await.unwrap();
    store.close().await.unwrap();
    embedded_file::check(directory).unwrap();
    found
}

/// How many rounds of each task the child knew to be done.
fn last_rounds(acknowledged: &[Acknowledged]) -> BTreeMap<u64, u64> {
    let mut last = BTreeMap::new();
    for one in acknowledged {
        let rounds = last.entry(one.task).or_insert(0);
        *rounds = one.round + 1;
    }
    last
}

#[tokio::test]
async fn acknowledged_commits_outlive_a_kill() {
    let mut random = StdRng::seed_from_u64(seed());
    let directory = tempfile::tempdir().unwrap();
    let mut before = Found::default();
    let mut commits = 0;
    for kill in 0..kill_rounds(60) {
        let acknowledged = run_and_kill(directory.path(), "synced", &mut random);
        let found = reopen(directory.path()).await;
        let mut known = before.rounds.clone();
        known.extend(last_rounds(&acknowledged));
        for task in found.rounds.keys().chain(known.keys()) {
            let known = known.get(task).copied().unwrap_or_default();
            // One round of each task was under way and may be there, too.
            let there = found.of(*task);
            assert!(
                there == known || there == known + 1,
                "kill {kill}: task {task} acknowledged {known} rounds, and {there} are there"
            );
        }
        commits += acknowledged.len();
        before = found;
    }
    assert!(commits > 0, "no child got as far as a commit");
}

#[tokio::test]
async fn what_outlives_a_kill_of_a_relaxed_store_is_a_prefix() {
    let mut random = StdRng::seed_from_u64(seed());
    let directory = tempfile::tempdir().unwrap();
    let mut before = Found::default();
    let (mut kept, mut lost) = (0, 0);
    for kill in 0..kill_rounds(40) {
        let acknowledged = run_and_kill(directory.path(), "5", &mut random);
        let found = reopen(directory.path()).await;
        for (task, rounds) in &before.rounds {
            assert!(
                found.of(*task) >= *rounds,
                "kill {kill}: task {task} lost what an earlier run had made durable"
            );
        }
        for one in &acknowledged {
            let there = one.round < found.of(one.task);
            if one.task >= PAIR_TASKS {
                // The counter numbers the commits: those up to where it stands, and no others.
                assert_eq!(
                    there,
                    one.counter <= found.counter,
                    "kill {kill}: the counter stands at {}, and commit {} is on the wrong side of it",
                    found.counter,
                    one.counter,
                );
            }
            kept += usize::from(there);
            lost += usize::from(!there);
        }
        let known = last_rounds(&acknowledged);
        for (task, rounds) in &found.rounds {
            let sent = known.get(task).copied().unwrap_or(before.of(*task)) + 1;
            assert!(
                *rounds <= sent,
                "kill {kill}: task {task} has {rounds} rounds, of which {sent} were sent"
            );
        }
        before = found;
    }
    println!("{kept} commits kept, {lost} lost");
    assert!(kept > 0, "no child got as far as a durable commit");
}

/// A store that is closed in order keeps all, relaxed or not.
#[tokio::test]
async fn closing_keeps_what_a_relaxed_store_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let relaxed = typed_state::backends::Durability::Relaxed {
        interval: Duration::from_hours(1),
    };
    let store = Embedded::builder(directory.path())
        .durability(relaxed)
        .open()
        .await
        .unwrap();
    for round in 0..100 {
        work(&store, 0, round).await.unwrap();
    }
    store.close().await.unwrap();
    assert_eq!(reopen(directory.path()).await.of(0), 100);

    let store = Embedded::builder(directory.path())
        .durability(relaxed)
        .open()
        .await
        .unwrap();
    for round in 100..200 {
        work(&store, 0, round).await.unwrap();
    }
    drop(store);
    assert_eq!(reopen(directory.path()).await.of(0), 200);
}
