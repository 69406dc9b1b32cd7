//! Deleting some: those that are left are whole, and their chunks alone are there in the end.

use std::time::Duration;

use typed_state::ErrorKind;
use typed_state_tests::steps::checkpoints;
use typed_state_tests::strace::CHANGES;

use super::{
    assert_swept, busy, chunks_of_only, content, grow_old, kill_before_each, memory, verified,
    with_checkpoints_of,
};

/// After so long who deletes is taken for dead.
const DEAD: Duration = Duration::from_mins(15);

#[tokio::test]
async fn deleting_leaves_whole_what_it_leaves() {
    let new = content(2).await;
    let (full, manifests) = with_checkpoints_of(&[0, 1, 2]).await;
    for (work, at_least) in [("delete", 2), ("retain", 1)] {
        let kills = kill_before_each(&CHANGES, work, &[full.path()], async |left| {
            let directory = &left.directories[0];
            let count = verified(directory, &new).await;
            assert!((at_least..=3).contains(&count));
            assert!(count == at_least || !left.whole);

            let on = checkpoints(directory).unwrap();
            let dead = busy(directory);
            assert!(!on.retain(1).await.unwrap().postponed);
            assert_eq!(busy(directory), dead);
            if !dead.is_empty() {
                let refused = on.create(&memory(2).await).await.unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::Unavailable);
                grow_old(&dead, DEAD);
                on.create(&memory(2).await).await.unwrap();
                on.retain(1).await.unwrap();
            }
            assert_swept(directory, &manifests[2]).await;
        })
        .await;
        // Chunks, manifests, and the two names of that it is busy.
        let removed = chunks_of_only(&manifests[..3 - at_least], &manifests[3 - at_least..]);
        let removed = removed + 3 - at_least + 2;
        assert!(removed > 5, "{removed} files");
        assert_eq!(kills.of(&["unlink", "unlinkat"]), removed);
        assert!(kills.of(&["link", "linkat", "rename", "renameat", "renameat2"]) > 0);
        assert_eq!(kills.of(&["exit_group"]), 1);
    }
}
