//! However large the state is, a checkpoint and a restore take the same memory.

use std::path::Path;
use std::process::Command;

/// The most memory that a process had, in KiB.
fn most(work: &str, entries: u64, directory: &Path) -> u64 {
    let output = Command::new(env!("CARGO_BIN_EXE_checkpoint_child"))
        .args([work, &entries.to_string()])
        .arg(directory)
        // What is freed goes back to the system, so that what the allocator keeps is not taken for what is used.
        .env("MALLOC_ARENA_MAX", "1")
        .env("MALLOC_MMAP_THRESHOLD_", "65536")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

/// From a size on at which everything that holds chunks is full: smaller states fill less of it, and need less.
///
/// `TYPED_STATE_CHECKPOINT_ENTRIES` makes it larger.
#[test]
fn memory_does_not_grow_with_the_state() {
    let large = std::env::var("TYPED_STATE_CHECKPOINT_ENTRIES").ok();
    let large = large.map_or(1_000_000, |entries| entries.parse().unwrap());
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for work in ["out", "in"] {
        let small = most(work, 500_000, directories[0].path());
        let most = most(work, large, directories[1].path());
        println!("{work}: {small} KiB, {most} KiB");
        assert!(most < small + small / 10, "{work}: {small} KiB, {most} KiB");
    }
}
