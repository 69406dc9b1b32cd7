//! Restoring one into an embedded store: it holds the old state or the new one, or says that it is to be restored again.

use typed_state::Store;
use typed_state::backends::Embedded;
use typed_state_tests::embedded_file;
use typed_state_tests::steps::{checkpoints, fill};
use typed_state_tests::strace::CHANGES;

use super::super::killed::Ahead;
use super::super::kit::{assert_same, dump};
use super::{content, kill_before_each, with_checkpoints_of};

#[tokio::test]
async fn a_restore_has_not_begun_or_is_over_or_can_be_finished() {
    let (old, new) = (content(0).await, content(1).await);
    let (full, manifests) = with_checkpoints_of(&[1]).await;
    let id = &manifests[0].id;
    let store = tempfile::tempdir().unwrap();
    let embedded = Embedded::open(store.path()).await.unwrap();
    fill(&embedded, 0).await.unwrap();
    embedded.close().await.unwrap();

    let checkpoints = checkpoints(full.path()).unwrap();
    let (mut not_begun, mut unfinished, mut over) = (0, 0, 0);
    let before = [full.path(), store.path()];
    let calls = CHANGES.iter().filter(|call| !call.starts_with("open"));
    let calls: Vec<_> = calls.copied().collect();
    let kills = kill_before_each(&calls, "restore", &before, async |left| {
        let directory = &left.directories[1];
        let embedded = Embedded::builder(directory).clock(Ahead).sweep_every(None);
        let store = Store::new(embedded.open().await.unwrap());
        let found = dump(store.backend()).await;
        if let Some(begun) = checkpoints.unfinished(&store).await.unwrap() {
            assert!(!left.whole);
            assert_eq!((&begun.id, begun.replaces), (id, true));
            let finished = checkpoints.restore(&store, id).await.unwrap();
            assert!(finished.resumed);
            unfinished += 1;
        } else if found == old {
            assert!(!left.whole);
            let restored = checkpoints.restore(&store, id).replace().await.unwrap();
            assert!(!restored.resumed);
            not_begun += 1;
        } else {
            assert_same(&found, &new);
            over += usize::from(!left.whole);
        }
        assert_same(&dump(store.backend()).await, &new);
        assert_eq!(checkpoints.unfinished(&store).await.unwrap(), None);
        store.backend().close().await.unwrap();
        embedded_file::check(directory).unwrap();
    })
    .await;
    println!("{not_begun} had not begun, {unfinished} were unfinished, {over} were over");
    assert!(not_begun > 20 && unfinished > 20 && over > 5);
    assert!(kills.of(&["write", "pwrite64", "writev", "pwritev"]) > 50);
    assert!(kills.of(&["fsync", "fdatasync"]) > 10);
    assert_eq!(kills.of(&["exit_group"]), 1);
}
