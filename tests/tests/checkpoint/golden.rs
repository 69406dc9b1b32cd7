//! Checkpoints that were released can be read for ever: `tests/fixtures/checkpoints` is only ever added to.
//!
//! `TYPED_STATE_WRITE_GOLDEN=1` has the test write what is not there.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use typed_state::backend::{
    Backend, Consistency, Context, Entry, Expiry, Item, Key, Snapshot, SnapshotReader, Ttl,
    encode_counter,
};
use typed_state::backends::Memory;
use typed_state::checkpoint::target::Objects;
use typed_state::checkpoint::{CheckpointId, Checkpoints, Manifest, Target};
use typed_state::codec::encode_value;
use typed_state::{Entropy, ManualClock, Result, Revision, Store, Timestamp};
use typed_state_tests::forward;

use super::kit::{grouped, key, put};
use super::shelf::{Failure, Shelf, Trip, Tripping};

const NAME: &str = "20200101T000000.000Z-05060708";
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/checkpoints/v1");
/// 2020-01-01, 00:00 UTC.
const TAKEN_AT: Timestamp = Timestamp::from_millis(1_577_836_800_000);
const HOUR: Ttl = Ttl::from_millis(3_600_000).unwrap();
const MINUTE: Ttl = Ttl::from_millis(60_000).unwrap();

/// Not at all random.
#[derive(Debug)]
struct Fixed;

impl Entropy for Fixed {
    fn next_u64(&self) -> u64 {
        0x0102_0304_0506_0708
    }
}

/// Memory that shows these entries.
#[derive(Debug)]
struct Shown(Memory);

impl Backend for Shown {
    async fn snapshot(&self, _: &Context, _: Option<String>) -> Result<Snapshot> {
        let reader = Reader(items());
        Ok(Snapshot::new(TAKEN_AT, Consistency::PointInTime, reader))
    }

    forward!(0: capabilities get commit commit_many write range scan health);
}

struct Reader(Vec<Item>);

impl SnapshotReader for Reader {
    fn next<'a>(
        &'a mut self,
        _: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        Box::pin(async move { Ok(std::mem::take(&mut self.0)) })
    }
}

/// One of each kind, in the order of their keys.
fn items() -> Vec<Item> {
    let text = |text: &str| encode_value(&text.to_owned(), 1 << 10).unwrap();
    let item = |key, value: Bytes, ttl, metadata: Option<&str>| Item {
        key,
        entry: Entry {
            value,
            revision: Revision::from_bits(9),
            ttl,
        },
        metadata: metadata.map(Into::into),
    };
    let counter = |count| Bytes::copy_from_slice(&encode_counter(count));
    let both = Some(r#"{"customer":"\u00e9"}"#);
    vec![
        item(key("bare", "a"), Bytes::new(), None, None),
        item(key("both", "b"), text("both"), Some(MINUTE), both),
        item(grouped("group", "p", "1"), text("one"), None, None),
        item(grouped("group", "p", "2"), text("two"), Some(HOUR), None),
        item(key("noted", "c"), text("noted"), None, Some("{}")),
        item(key("visits", "home"), counter(7), Some(HOUR), None),
        item(
            grouped("~fence", "p", "lock").with_index(false),
            counter(3),
            None,
            None,
        ),
    ]
}

fn source() -> Store<Shown> {
    Store::builder(Shown(Memory::new())).entropy(Fixed).build()
}

/// A store at the moment of the checkpoint, and its clock.
fn empty() -> (Store<Memory>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(TAKEN_AT));
    let builder = Memory::builder().clock(Arc::clone(&clock));
    let store = Store::builder(builder.sweep_every(None).build());
    (store.entropy(Fixed).build(), clock)
}

fn marker() -> Key {
    key("~restore", "~restore")
}

/// What a restore leaves that is interrupted when the manifest and so many chunks have been read.
async fn marker_left(manifest: &Manifest, shelf: &Arc<Shelf>) -> Bytes {
    let target = Tripping {
        target: Arc::clone(shelf),
        trip: Trip::after(1 + manifest.chunks.len(), Failure::Before),
    };
    let (store, _) = empty();
    let checkpoints = Checkpoints::new(target);
    let restore = checkpoints.restore(&store, &manifest.id);
    restore.without_metadata().await.unwrap_err();
    let found = store.backend().get(&Context::new(), &[marker()]).await;
    found.unwrap().remove(0).unwrap().value
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The block of the document that stands after a sentence.
fn drawn(after: &str) -> &'static str {
    let format = include_str!("../../../docs/format.md");
    let (_, rest) = format.split_once(after).unwrap();
    let block = rest.split("```").nth(1).unwrap();
    block.strip_prefix("text\n").unwrap()
}

/// Takes the checkpoint anew; what is compressed may have other bytes than then.
async fn taken() -> (Manifest, Arc<Shelf>) {
    let shelf = Arc::new(Shelf::default());
    let checkpoints = Checkpoints::new(Arc::clone(&shelf));
    (checkpoints.create(&source()).await.unwrap(), shelf)
}

#[tokio::test]
async fn it_is_written_as_released() {
    let (manifest, shelf) = taken().await;
    if std::env::var_os("TYPED_STATE_WRITE_GOLDEN").is_some() {
        for name in [shelf.names("manifests/"), shelf.names("chunks/")].concat() {
            let path = Path::new(FOLDER).join(&name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let bytes = shelf.read(&name).await.unwrap().unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
    let released = Checkpoints::new(Objects::local(FOLDER).unwrap());
    let expected = released.list().await.unwrap().remove(0).manifest.unwrap();
    let mut chunks = manifest.chunks.iter().zip(&expected.chunks);
    assert!(chunks.all(|(now, then)| (now.decoded, now.entries) == (then.decoded, then.entries)));
    let mut as_then = manifest.clone();
    as_then.chunks.clone_from(&expected.chunks);
    assert_eq!(as_then, expected);

    let marker = marker_left(&manifest, &shelf).await;
    assert_eq!(
        hex(&marker),
        drawn("The restore of that checkpoint").replace(char::is_whitespace, "")
    );
}

#[tokio::test]
async fn the_manifest_is_as_documented() {
    let path = Path::new(FOLDER).join("manifests").join(NAME);
    let stored = std::fs::read_to_string(path).unwrap();
    assert_eq!(drawn("The manifest of a small checkpoint"), stored);
}

#[tokio::test]
async fn its_rows_are_read_as_released() {
    let checkpoints = Checkpoints::new(Objects::local(FOLDER).unwrap());
    let id: CheckpointId = NAME.parse().unwrap();
    checkpoints.verify(&id).await.unwrap();
    let mut rows = checkpoints.read(&id).await.unwrap().rows();
    for item in items() {
        let row = rows.next().await.unwrap().unwrap();
        assert_eq!(
            (&row.key, row.key.partition_end(), row.key.is_indexed()),
            (&item.key, item.key.partition_end(), item.key.is_indexed())
        );
        assert_eq!((row.value, row.metadata), (item.entry.value, item.metadata));
        let left = row.expires.map(|at| at.as_millis() - TAKEN_AT.as_millis());
        assert_eq!(left, item.entry.ttl.map(Ttl::as_millis));
    }
    assert_eq!(rows.next().await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn it_is_restored_as_released() {
    let checkpoints = Checkpoints::new(Objects::local(FOLDER).unwrap());
    let id: CheckpointId = NAME.parse().unwrap();
    for resumes in [false, true] {
        let (store, clock) = empty();
        if resumes {
            let digits = drawn("The restore of that checkpoint").split_whitespace();
            let bytes = digits.map(|byte| u8::from_str_radix(byte, 16).unwrap());
            let bytes: Vec<u8> = bytes.collect();
            put(store.backend(), marker(), &bytes, Expiry::Never).await;
            let begun = checkpoints.unfinished(&store).await.unwrap().unwrap();
            assert_eq!((&begun.id, begun.replaces), (&id, false));
        }
        clock.advance(std::time::Duration::from_mins(10));
        let restore = checkpoints.restore(&store, &id).without_metadata();
        let done = restore.await.unwrap();
        assert_eq!(done.resumed, resumes);
        assert_eq!(
            (done.entries, done.expired, done.without_metadata),
            (6, 1, 1)
        );
        let keys: Vec<_> = items().into_iter().map(|item| item.key).collect();
        let cx = Context::new().with_lifetimes();
        let found = store.backend().get(&cx, &keys).await.unwrap();
        for (item, found) in items().into_iter().zip(found) {
            let left = item.entry.ttl.map(|ttl| ttl.as_millis() - 600_000);
            let expected = (left != Some(-540_000)).then_some((item.entry.value, left));
            let found = found.map(|entry| (entry.value, entry.ttl.map(Ttl::as_millis)));
            assert_eq!(found, expected, "{:?}", item.key);
        }
    }
}
