//! A process is killed before each system call by which it takes, deletes or restores checkpoints of a directory.

mod create;
mod restore;
mod sweep;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use typed_state::Store;
use typed_state::backends::Memory;
use typed_state::checkpoint::Manifest;
use typed_state_tests::steps::{OPENED_BEFORE, checkpoints, fill};
use typed_state_tests::strace::killed_at;

use super::kit::{Dump, assert_same, dump};

/// How many runs in a row must have come to their end. What waits for the writer of an embedded store is committed together,
/// so not every run has as many calls.
const ENDED: usize = 3;

/// What has become of a process's work.
struct Left {
    /// Copies of the directories that it was given.
    directories: Vec<PathBuf>,
    /// Whether it came to its end.
    whole: bool,
}

/// How often it was killed before each call that would have changed the last of its directories.
struct Kills(BTreeMap<&'static str, usize>);

impl Kills {
    fn of(&self, calls: &[&str]) -> usize {
        calls.iter().filter_map(|call| self.0.get(call)).sum()
    }
}

/// Has the work done, killed before each of these calls, and looks at what is left.
async fn kill_before_each(
    calls: &[&'static str],
    work: &str,
    before: &[&Path],
    mut look: impl AsyncFnMut(Left),
) -> Kills {
    let mut kills = BTreeMap::new();
    for &call in calls {
        let opens = call.starts_with("open");
        let first = if opens { OPENED_BEFORE + 1 } else { 1 };
        let mut ended = 0;
        for nth in first.. {
            let scratch = tempfile::tempdir().unwrap();
            let directories = copies(before, scratch.path());
            let last = directories.last().unwrap().to_str().unwrap();
            let child = env!("CARGO_BIN_EXE_checkpoint_steps_child");
            let arguments = directories.iter().map(PathBuf::as_path);
            let arguments = [Path::new(work)].into_iter().chain(arguments);
            let killed = killed_at(call, nth, child, arguments).unwrap();
            let whole = killed.is_none();
            if let Some(killed) = killed {
                println!("{work}, before the call {nth} of {killed}");
                let reads = opens && !killed.contains("O_CREAT");
                if killed.contains(last) && !reads || call == "exit_group" {
                    *kills.entry(call).or_default() += 1;
                }
                ended = 0;
            } else {
                ended += 1;
            }
            look(Left { directories, whole }).await;
            if ended == ENDED || whole && nth == first {
                break;
            }
        }
    }
    println!("{work}: killed before {kills:?}");
    Kills(kills)
}

/// A copy of each directory.
fn copies(directories: &[&Path], to: &Path) -> Vec<PathBuf> {
    let numbered = directories.iter().enumerate();
    let copies = numbered.map(|(number, directory)| {
        let copy = to.join(number.to_string());
        copy_all(directory, &copy);
        copy
    });
    copies.collect()
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_all(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

async fn memory(round: u64) -> Store<Memory> {
    let store = Store::new(Memory::new());
    fill(store.backend(), round).await.unwrap();
    store
}

async fn content(round: u64) -> Dump {
    dump(memory(round).await.backend()).await
}

/// A directory with a checkpoint of each of the rounds.
async fn with_checkpoints_of(rounds: &[u64]) -> (TempDir, Vec<Manifest>) {
    let directory = tempfile::tempdir().unwrap();
    let mut manifests = Vec::new();
    for round in rounds {
        let store = memory(*round).await;
        let created = checkpoints(directory.path()).unwrap().create(&store).await;
        manifests.push(created.unwrap());
    }
    (directory, manifests)
}

/// How many chunks of these are in none of the others.
fn chunks_of_only(these: &[Manifest], others: &[Manifest]) -> usize {
    let names = |manifests: &[Manifest]| -> HashSet<String> {
        let chunks = manifests.iter().flat_map(|manifest| &manifest.chunks);
        chunks.map(|chunk| chunk.hash.clone()).collect()
    };
    names(these).difference(&names(others)).count()
}

/// Whether what is listed is whole, and the newest restores to `newest`; how many there are.
async fn verified(directory: &Path, newest: &Dump) -> usize {
    let checkpoints = checkpoints(directory).unwrap();
    let listed = checkpoints.list().await.unwrap();
    for listed in &listed {
        checkpoints.verify(&listed.id).await.unwrap();
    }
    if let Some(listed) = listed.first() {
        let store = Store::new(Memory::new());
        checkpoints.restore(&store, &listed.id).await.unwrap();
        assert_same(&dump(store.backend()).await, newest);
    }
    listed.len()
}

/// Who says that he is at work.
fn busy(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory.join("busy")).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    // What is about to be linked is not there yet.
    paths
        .filter(|path| !path.to_str().unwrap().contains('#'))
        .collect()
}

/// As if they had said so earlier.
fn grow_old(busy: &[PathBuf], by: Duration) {
    for path in busy {
        let file = fs::File::options().write(true).open(path).unwrap();
        let said = file.metadata().unwrap().modified().unwrap();
        file.set_modified(said - by).unwrap();
    }
}

/// Nothing but one checkpoint is there.
async fn assert_swept(directory: &Path, kept: &Manifest) {
    assert_eq!(busy(directory), [] as [PathBuf; 0]);
    let chunks = fs::read_dir(directory.join("chunks")).unwrap();
    let names = chunks.map(|chunk| chunk.unwrap().file_name().into_string().unwrap());
    let chunks = names.filter(|name| !name.contains('#')).count();
    assert_eq!(chunks, kept.chunks.len());
    assert_eq!(verified(directory, &content(2).await).await, 1);
}
