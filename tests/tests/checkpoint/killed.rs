//! A process that takes or restores checkpoints is killed at any moment.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use typed_state::backends::{Embedded, Memory};
use typed_state::checkpoint::target::Objects;
use typed_state::checkpoint::{CheckpointId, Checkpoints};
use typed_state::{Clock, Store, SystemClock, Timestamp};
use typed_state_tests::{kill_rounds, seed};

use super::kit::{Dump, assert_same, dump};

/// Goes before that of who was killed, so far that it is sure that he is dead.
#[derive(Debug)]
pub(crate) struct Ahead;

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().saturating_add(16_000)
    }
}

/// Runs it until it has printed so many lines and some time has passed; the lines.
fn run_and_kill(
    work: &str,
    store: &Path,
    target: &Path,
    lines: usize,
    random: &mut StdRng,
) -> Vec<String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_checkpoint_child"))
        .arg(work)
        .args([store, target])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut heard: Vec<String> = output.by_ref().take(lines).map(Result::unwrap).collect();
    std::thread::sleep(Duration::from_micros(random.random_range(0..60_000)));
    child.kill().unwrap();
    child.wait().unwrap();
    heard.extend(output.map_while(Result::ok));
    heard
}

fn on(target: &Path) -> Checkpoints<Objects> {
    Checkpoints::new(Objects::local(target).unwrap())
}

async fn content(checkpoints: &Checkpoints<Objects>, id: &CheckpointId) -> Dump {
    let store = Store::new(Memory::new());
    checkpoints.restore(&store, id).await.unwrap();
    dump(store.backend()).await
}

#[tokio::test]
async fn the_newest_checkpoint_restores() {
    let mut random = StdRng::seed_from_u64(seed());
    let (store, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for round in 0..kill_rounds(12) {
        let lines = usize::from(round == 0) + random.random_range(0..3);
        let told = run_and_kill("create", store.path(), target.path(), lines, &mut random);
        let checkpoints = on(target.path());
        let listed = checkpoints.list().await.unwrap();
        for listed in &listed {
            checkpoints.verify(&listed.id).await.unwrap();
        }
        // What was told is there, or a newer one.
        if let Some(last) = told.last() {
            assert!(listed[0].id.as_str() >= last.as_str());
        }
        assert!(!content(&checkpoints, &listed[0].id).await.is_empty());
    }
}

#[tokio::test]
async fn a_restore_is_finished_by_calling_it_again() {
    let mut random = StdRng::seed_from_u64(seed());
    let (store, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run_and_kill("create", store.path(), target.path(), 3, &mut random);
    let checkpoints = on(target.path());
    let listed = checkpoints.list().await.unwrap();
    let contents = [
        content(&checkpoints, &listed[0].id).await,
        content(&checkpoints, &listed[listed.len() - 1].id).await,
    ];
    let mut unfinished = 0;
    for _ in 0..kill_rounds(12) {
        run_and_kill(
            "restore",
            store.path(),
            target.path(),
            random.random_range(1..3),
            &mut random,
        );
        let embedded = Embedded::builder(store.path())
            .clock(Ahead)
            .open()
            .await
            .unwrap();
        let store = Store::new(embedded);
        if let Some(begun) = checkpoints.unfinished(&store).await.unwrap() {
            checkpoints.restore(&store, &begun.id).await.unwrap();
            let expected = content(&checkpoints, &begun.id).await;
            assert_same(&dump(store.backend()).await, &expected);
            unfinished += 1;
        } else {
            let found = dump(store.backend()).await;
            assert!(contents.contains(&found));
            // The next need not wait until it is sure that this one is dead.
            let id = &listed[0].id;
            checkpoints.restore(&store, id).replace().await.unwrap();
        }
        store.backend().close().await.unwrap();
    }
    println!("{unfinished} restores were interrupted");
}

#[test]
fn what_the_dead_left_half_written_goes_in_a_day() {
    let target = tempfile::tempdir().unwrap();
    let chunks = target.path().join("chunks");
    std::fs::create_dir(&chunks).unwrap();
    let write = |name: &str, age: Duration| {
        let path = chunks.join(name);
        let file = std::fs::File::create(&path).unwrap();
        let now = file.metadata().unwrap().modified().unwrap();
        file.set_modified(now - age).unwrap();
        path
    };
    let day = Duration::from_hours(24);
    let dead = write("0123#1", day + Duration::from_secs(1));
    let kept = [
        write("4567#12", Duration::from_hours(23)),
        write("0123", 2 * day),
        write("89ab#", 2 * day),
        write("89ab#c", 2 * day),
    ];
    on(target.path());
    assert!(!dead.exists());
    assert!(kept.iter().all(|path| path.exists()));
}
