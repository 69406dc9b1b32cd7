//! Opening, closing and reopening an embedded store, and what stands in the way.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use redb::Database;
use typed_state::backend::{Backend as _, Context};
use typed_state::backends::Embedded;
use typed_state::{Error, ErrorKind};
use typed_state_tests::crash::{inspect, work};
use typed_state_tests::embedded_file::{self, META};

fn refused<T>(result: Result<T, Error>, kind: ErrorKind, words: &str) {
    let Err(error) = result else {
        panic!("it was not refused");
    };
    assert_eq!(error.kind(), kind, "{error}");
    let message = error.to_string();
    assert!(
        message.contains(words),
        "{message:?} does not say {words:?}"
    );
}

#[tokio::test]
async fn the_directory_is_created_with_its_parents() {
    let temporary = tempfile::tempdir().unwrap();
    let directory = temporary.path().join("a/b/c");
    let store = Embedded::open(&directory).await.unwrap();
    assert_eq!(store.directory(), directory);
    assert!(directory.is_dir());
    work(&store, 0, 0).await.unwrap();
    store.close().await.unwrap();
    let store = Embedded::open(&directory).await.unwrap();
    assert_eq!(inspect(&store).await.unwrap().of(0), 1);
}

#[tokio::test]
async fn a_second_store_of_one_directory_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let name = directory.path().display().to_string();
    let first = Embedded::open(directory.path()).await.unwrap();
    let again = Embedded::open(directory.path()).await;
    refused(again, ErrorKind::Configuration, &name);
    // Nor does another spelling help.
    let spelled = directory.path().join("../").join(directory.path());
    refused(
        Embedded::open(spelled).await,
        ErrorKind::Configuration,
        "open already",
    );
    work(&first, 0, 0).await.unwrap();
    first.close().await.unwrap();
    Embedded::open(directory.path()).await.unwrap();
}

#[tokio::test]
async fn a_store_that_another_process_has_open_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_embedded_crash_child"))
        .arg(directory.path())
        .arg("synced")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    let again = Embedded::open(directory.path()).await;
    let name = directory.path().display().to_string();
    refused(again, ErrorKind::Configuration, &name);
    child.kill().unwrap();
    child.wait().unwrap();
    // The lock of a dead process is nobody's.
    Embedded::open(directory.path()).await.unwrap();
}

#[tokio::test]
async fn a_file_where_the_directory_should_be_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, b"").unwrap();
    refused(
        Embedded::open(&file).await,
        ErrorKind::Configuration,
        "file",
    );
    refused(
        Embedded::open(file.join("below")).await,
        ErrorKind::Configuration,
        "cannot be created",
    );
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused_and_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let store = Embedded::open(directory.path()).await.unwrap();
    work(&store, 0, 0).await.unwrap();
    store.close().await.unwrap();
    let set_version = |version: &[u8]| {
        let database = Database::open(embedded_file::path(directory.path())).unwrap();
        let write = database.begin_write().unwrap();
        write
            .open_table(META)
            .unwrap()
            .insert("format", version)
            .unwrap();
        write.commit().unwrap();
    };
    set_version(&[0, 0, 0, 2]);
    for _ in 0..2 {
        let newer = Embedded::open(directory.path()).await;
        refused(newer, ErrorKind::Configuration, "has format 2");
    }
    set_version(b"what");
    let strange = Embedded::open(directory.path()).await;
    refused(strange, ErrorKind::Configuration, "has format");
    set_version(b"?");
    let strange = Embedded::open(directory.path()).await;
    refused(
        strange,
        ErrorKind::Configuration,
        "not written by this store",
    );
    set_version(&[0, 0, 0, 1]);
    let store = Embedded::open(directory.path()).await.unwrap();
    assert_eq!(inspect(&store).await.unwrap().of(0), 1);
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_and_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = embedded_file::path(directory.path());
    let theirs = redb::TableDefinition::<u64, u64>::new("theirs");
    {
        let database = Database::create(&path).unwrap();
        let write = database.begin_write().unwrap();
        write.open_table(theirs).unwrap().insert(1, 2).unwrap();
        write.commit().unwrap();
    }
    let foreign = Embedded::open(directory.path()).await;
    refused(
        foreign,
        ErrorKind::Configuration,
        "not written by this store",
    );
    {
        let database = Database::open(&path).unwrap();
        let read = redb::ReadableDatabase::begin_read(&database).unwrap();
        assert_eq!(read.list_tables().unwrap().count(), 1);
    }
    fs::write(&path, b"neither is this").unwrap();
    let Err(error) = Embedded::open(directory.path()).await else {
        panic!("text was opened");
    };
    assert!(
        matches!(error.kind(), ErrorKind::Configuration | ErrorKind::Corrupt),
        "{error}"
    );
    assert_eq!(fs::read(&path).unwrap(), b"neither is this");
}

#[tokio::test]
async fn a_closed_store_says_so_for_every_clone() {
    let directory = tempfile::tempdir().unwrap();
    let store = Embedded::open(directory.path()).await.unwrap();
    let clone = store.clone();
    work(&store, 0, 0).await.unwrap();
    let mut snapshot = store.snapshot(&Context::new(), None).await.unwrap();
    store.close().await.unwrap();
    refused(clone.close().await, ErrorKind::Unavailable, "closed");
    refused(clone.sweep(1).await, ErrorKind::Unavailable, "closed");
    refused(
        clone.health(&Context::new()).await,
        ErrorKind::Unavailable,
        "closed",
    );
    let after = snapshot.next(std::num::NonZeroUsize::MIN).await;
    refused(after, ErrorKind::Unavailable, "closed");
    let error = work(&clone, 0, 1).await.unwrap_err();
    assert!(error.to_string().contains("closed"), "{error}");
    let error = inspect(&clone).await.unwrap_err();
    assert!(error.to_string().contains("closed"), "{error}");
}

/// Dropping does not wait, but the next one to open does.
#[tokio::test]
async fn a_dropped_store_can_be_opened_again_at_once() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..20 {
        let store = Embedded::open(directory.path()).await.unwrap();
        assert_eq!(inspect(&store).await.unwrap().of(0), round);
        work(&store, 0, round).await.unwrap();
    }
}

#[tokio::test]
async fn a_snapshot_keeps_its_store_open() {
    let directory = tempfile::tempdir().unwrap();
    let store = Embedded::open(directory.path()).await.unwrap();
    work(&store, 0, 0).await.unwrap();
    let mut snapshot = store.snapshot(&Context::new(), None).await.unwrap();
    drop(store);
    let again = Embedded::open(directory.path()).await;
    refused(again, ErrorKind::Configuration, "open already");
    let all = std::num::NonZeroUsize::MAX;
    assert_eq!(snapshot.next(all).await.unwrap().len(), 3);
    assert_eq!(snapshot.next(all).await.unwrap().len(), 0);
    drop(snapshot);
    Embedded::open(directory.path()).await.unwrap();
}

#[tokio::test]
async fn health_is_the_time_of_a_read() {
    let directory = tempfile::tempdir().unwrap();
    let store = Embedded::open(directory.path()).await.unwrap();
    let health = store.health(&Context::new()).await.unwrap();
    assert!(health.latency > Duration::ZERO);
}
