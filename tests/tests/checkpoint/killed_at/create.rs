//! Taking one: it is whole or none, and the ones before it are as they were.

use std::path::Path;
use std::time::Duration;

use typed_state_tests::steps::checkpoints;
use typed_state_tests::strace::CHANGES;

use super::{
    assert_swept, busy, chunks_of_only, content, grow_old, kill_before_each, memory, verified,
    with_checkpoints_of,
};

/// After so long who takes one is taken for dead.
const DEAD: Duration = Duration::from_hours(24);

/// A checkpoint can be taken, and all but it can be deleted once who was killed there is known to be dead.
async fn assert_next_goes_on(directory: &Path) {
    let checkpoints = checkpoints(directory).unwrap();
    let dead = busy(directory);
    let next = checkpoints.create(&memory(2).await).await.unwrap();
    assert_eq!(busy(directory), dead);
    let kept = checkpoints.retain(1).await.unwrap();
    assert_eq!(kept.postponed, !dead.is_empty());
    grow_old(&dead, DEAD);
    assert!(!checkpoints.retain(1).await.unwrap().postponed);
    assert_swept(directory, &next).await;
}

#[tokio::test]
async fn a_checkpoint_is_whole_or_none() {
    let (old, new) = (content(0).await, content(1).await);
    let (full, manifests) = with_checkpoints_of(&[0, 1]).await;
    checkpoints(full.path())
        .unwrap()
        .delete(&manifests[1].id)
        .await
        .unwrap();
    let kills = kill_before_each(&CHANGES, "create", &[full.path()], async |left| {
        let directory = &left.directories[0];
        let count = checkpoints(directory).unwrap().list().await.unwrap().len();
        assert!(count == 2 || count == 1 && !left.whole);
        let newest = if count == 2 { &new } else { &old };
        verified(directory, newest).await;
        assert_next_goes_on(directory).await;
    })
    .await;
    // The chunks, the manifest, and that it is busy.
    let written = chunks_of_only(&manifests[1..], &manifests[..1]) + 2;
    assert!(written > 5, "{written} files");
    assert!(kills.of(&["open", "openat", "creat"]) >= written);
    // Who is busy says so by a file without content.
    assert!(kills.of(&["write", "writev", "pwrite64"]) >= written - 1);
    assert!(kills.of(&["link", "linkat", "rename", "renameat", "renameat2"]) >= written);
    assert!(kills.of(&["fsync", "fdatasync"]) >= 2 * written);
    assert!(kills.of(&["unlink", "unlinkat"]) > 0);
    assert_eq!(kills.of(&["exit_group"]), 1);
}

#[tokio::test]
async fn the_first_checkpoint_of_a_directory_is_whole_or_none() {
    let new = content(1).await;
    let empty = tempfile::tempdir().unwrap();
    let calls = ["mkdir", "mkdirat", "fsync", "exit_group"];
    let kills = kill_before_each(&calls, "create", &[empty.path()], async |left| {
        let directory = &left.directories[0];
        let count = verified(directory, &new).await;
        assert!(count == 1 || count == 0 && !left.whole);
        assert_next_goes_on(directory).await;
    })
    .await;
    // The three folders, and the directory, which is there.
    assert_eq!(kills.of(&["mkdir", "mkdirat"]), 4);
    assert!(kills.of(&["fsync"]) > 20);
}
