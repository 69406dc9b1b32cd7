//! Damaged files of an embedded store: an error or what was written, never something else, and no panic.

use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use redb::{Database, ReadableTable as _};
use typed_state::backend::{
    Backend as _, Condition, Context, Expiry, Mutation, Outcome, Projection, Revision, Ttl, Write,
    WriteBatch,
};
use typed_state::backends::Embedded;
use typed_state::{Error, ErrorKind};
use typed_state_tests::damage::{ENTRIES_WRITTEN, all, commit, get, key, read_all, value};
use typed_state_tests::embedded_file::{self, ENTRIES};
use typed_state_tests::seed;

/// The signal of `abort`.
const SIGABRT: i32 = 6;

async fn write_all(directory: &Path) {
    let store = Embedded::open(directory).await.unwrap();
    for chunk in 0..3 {
        let write = |number: usize| Write::Put {
            key: key(number),
            value: value(number).into(),
            expiry: if number.is_multiple_of(3) {
                Expiry::After(Ttl::MAX)
            } else {
                Expiry::Never
            },
        };
        let batch = WriteBatch {
            revision: Revision::from_bits(1),
            writes: (chunk..ENTRIES_WRITTEN).step_by(3).map(write).collect(),
        };
        store.write(&Context::new(), batch).await.unwrap();
    }
    store.close().await.unwrap();
}

/// Changes one record in the file, behind the store's back.
fn edit(directory: &Path, number: usize, change: impl FnOnce(&mut Vec<u8>)) {
    let database = Database::open(embedded_file::path(directory)).unwrap();
    let write = database.begin_write().unwrap();
    {
        let mut entries = write.open_table(ENTRIES).unwrap();
        let key = key(number);
        let mut record = entries
            .get(key.as_bytes())
            .unwrap()
            .unwrap()
            .value()
            .to_vec();
        change(&mut record);
        entries.insert(key.as_bytes(), record.as_slice()).unwrap();
    }
    write.commit().unwrap();
}

fn assert_names(error: &Error, number: usize) {
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    let name = format!("{number:05}");
    assert!(
        error.to_string().contains(&name),
        "{error} does not name {name}"
    );
}

#[allow(clippy::ptr_arg, reason = "as `edit` passes it")]
fn flip(record: &mut Vec<u8>) {
    let last = record.len() - 1;
    record[last] ^= 0x10;
}

#[tokio::test]
async fn a_damaged_record_is_an_error_that_names_its_key() {
    let directory = tempfile::tempdir().unwrap();
    write_all(directory.path()).await;
    edit(directory.path(), 300, flip);
    edit(directory.path(), 301, |record| record.truncate(3));
    edit(directory.path(), 302, Vec::clear);
    let store = Embedded::open(directory.path()).await.unwrap();
    for number in 300..303 {
        for _ in 0..2 {
            assert_names(&get(&store, number).await.unwrap_err(), number);
        }
        let present = Condition::Present(key(number));
        assert_names(
            &commit(&store, Some(present), None).await.unwrap_err(),
            number,
        );
    }
    for projection in [Projection::Entries, Projection::Keys] {
        let page = store.range(&Context::new(), all(projection)).await;
        assert_names(&page.unwrap_err(), 300);
    }
    let mut snapshot = store.snapshot(&Context::new(), None).await.unwrap();
    assert_names(&snapshot.next(NonZeroUsize::MAX).await.unwrap_err(), 300);
    let add = Mutation::Add {
        key: key(300),
        delta: 1,
        expiry: Expiry::Never,
    };
    assert_names(&commit(&store, None, Some(add)).await.unwrap_err(), 300);
    let keep = Mutation::Put {
        key: key(300),
        value: Bytes::from_static(b"new"),
        expiry: Expiry::Keep,
    };
    assert_names(&commit(&store, None, Some(keep)).await.unwrap_err(), 300);
    for number in (0..300).chain(303..ENTRIES_WRITTEN) {
        assert_eq!(get(&store, number).await.unwrap(), Some(value(number)));
    }
    // Overwriting and deleting are the ways to be rid of it.
    for number in 300..303 {
        let mutation = match number {
            301 => Mutation::Delete { key: key(number) },
            _ => Mutation::Put {
                key: key(number),
                value: value(number).into(),
                expiry: Expiry::Never,
            },
        };
        let outcome = commit(&store, None, Some(mutation)).await.unwrap();
        assert!(matches!(outcome, Outcome::Applied(_)));
    }
    let page = store.range(&Context::new(), all(Projection::Entries)).await;
    assert_eq!(page.unwrap().items.len(), ENTRIES_WRITTEN - 1);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_record_moved_to_another_key_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    write_all(directory.path()).await;
    let mut moved = Vec::new();
    edit(directory.path(), 1, |record| moved.clone_from(record));
    edit(directory.path(), 2, |record| record.clone_from(&moved));
    let store = Embedded::open(directory.path()).await.unwrap();
    assert_eq!(get(&store, 1).await.unwrap(), Some(value(1)));
    assert_names(&get(&store, 2).await.unwrap_err(), 2);
    store.close().await.unwrap();
    let verified = Embedded::builder(directory.path())
        .verify(true)
        .open()
        .await;
    assert_names(&verified.unwrap_err(), 2);
}

#[tokio::test]
async fn a_whole_file_passes_verification() {
    let directory = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        write_all(directory.path()).await;
        let builder = Embedded::builder(directory.path()).verify(true);
        let store = builder.open().await.unwrap();
        assert_eq!(get(&store, 7).await.unwrap(), Some(value(7)));
        store.close().await.unwrap();
    }
}

/// What became of a process that used a damaged file.
#[derive(Debug, PartialEq, Eq)]
enum Use {
    /// It went through, and so many entries were not found.
    Reads { hidden: usize },
    /// The engine panicked while it cleaned up after a panic, which ends the process.
    Aborted,
}

/// Opens, reads and writes a store in a process of its own.
fn use_in_a_process(directory: &Path, what: &str) -> Use {
    let child = Command::new(env!("CARGO_BIN_EXE_embedded_damage_child"))
        .arg(directory)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&child.stderr);
    if child.status.signal() == Some(SIGABRT) && errors.contains("panic in a destructor") {
        return Use::Aborted;
    }
    assert!(child.status.success(), "{what}: {}\n{errors}", child.status);
    let hidden = String::from_utf8_lossy(&child.stdout).trim().parse();
    Use::Reads {
        hidden: hidden.unwrap(),
    }
}

/// Opens a copy of the file with some change, plainly and verified.
async fn survive(whole: &[u8], what: &str, change: impl Fn(&mut Vec<u8>)) {
    let directory = tempfile::tempdir().unwrap();
    let mut bytes = whole.to_vec();
    change(&mut bytes);
    fs::write(embedded_file::path(directory.path()), &bytes).unwrap();
    let used = use_in_a_process(directory.path(), what);
    fs::write(embedded_file::path(directory.path()), &bytes).unwrap();
    match Embedded::builder(directory.path())
        .verify(true)
        .open()
        .await
    {
        Ok(store) => {
            let verified = read_all(&store).await;
            assert!(
                verified.errors == 0 && verified.hidden == 0,
                "{what} passed verification, then {verified:?}"
            );
            store.close().await.unwrap();
            assert_eq!(used, Use::Reads { hidden: 0 }, "{what} passed verification");
        }
        Err(error) => assert!(
            matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Configuration),
            "{what}: {error}"
        ),
    }
}

fn trials() -> usize {
    let cases = std::env::var("PROPTEST_CASES").ok();
    let cases = cases.and_then(|cases| cases.parse::<usize>().ok());
    cases.unwrap_or(256) / 2
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_anywhere_is_found_or_harmless() {
    let mut random = StdRng::seed_from_u64(seed());
    let directory = tempfile::tempdir().unwrap();
    write_all(directory.path()).await;
    let whole = fs::read(embedded_file::path(directory.path())).unwrap();
    // Most of the file is room for more: flip where something is written.
    let written: Vec<usize> = whole
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte != 0)
        .map(|(at, _)| at)
        .collect();
    for trial in 0..trials() {
        let at = match trial % 4 {
            0 => random.random_range(0..512),
            1 => random.random_range(0..whole.len()),
            _ => written[random.random_range(0..written.len())],
        };
        let bit = random.random_range(0..8);
        let what = format!("bit {bit} of byte {at}");
        survive(&whole, &what, |bytes| bytes[at] ^= 1 << bit).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_cut_off_or_overwritten_is_found_or_harmless() {
    let mut random = StdRng::seed_from_u64(seed());
    let directory = tempfile::tempdir().unwrap();
    write_all(directory.path()).await;
    let whole = fs::read(embedded_file::path(directory.path())).unwrap();
    for trial in 0..trials() / 4 {
        let at = random.random_range(0..whole.len());
        if trial % 3 == 0 {
            survive(&whole, &format!("cut off at {at}"), |bytes| {
                bytes.truncate(at);
            })
            .await;
        } else {
            let page = at / 4_096 * 4_096;
            let noise: Vec<u8> = (0..4_096)
                .map(|_| if trial % 3 == 1 { 0 } else { random.random() })
                .collect();
            let overwrite = |bytes: &mut Vec<u8>| {
                let end = bytes.len().min(page + 4_096);
                bytes[page..end].copy_from_slice(&noise[..end - page]);
            };
            survive(
                &whole,
                &format!("the page at {page} overwritten"),
                overwrite,
            )
            .await;
        }
    }
}
