//! However large the state is, a checkpoint and a restore take the same memory.

use std::path::Path;
use std::process::Command;

/// The most memory that a process had, in KiB.
fn most(work: &str, entries: u64, directory: &Path) -> u64 {
    let output = Command::new(env!("CARGO_BIN_EXE_checkpoint_child"))
        .args([work, &entries.to_string()])
        .arg(directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

/// `TYPED_STATE_CHECKPOINT_ENTRIES` makes it larger.
#[test]
fn memory_does_not_grow_with_the_state() {
    let large = std::env::var("TYPED_STATE_CHECKPOINT_ENTRIES").ok();
    let large = large.map_or(1_000_000, |entries| entries.parse().unwrap());
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for work in ["out", "in"] {
        let small = most(work, 50_000, directories[0].path());
        let large = most(work, large, directories[1].path());
        println!("{work}: {small} KiB, {large} KiB");
        // Names of chunks, some 200 bytes for each 64 KiB, and what the allocator leaves unused.
        assert!(
            large < small + small / 10 + 3_000,
            "{work}: {small} KiB, {large} KiB"
        );
    }
}
