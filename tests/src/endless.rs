use std::num::NonZeroUsize;
use std::pin::Pin;
use std::time::Duration;

use typed_state::backend::{
    Backend, Capabilities, Consistency, Context, Entry, Item, Key, Snapshot, SnapshotReader,
    WriteBatch, Written,
};
use typed_state::backends::Memory;
use typed_state::{Result, Revision, Timestamp};

use crate::forward;

/// A store that seems to have so many entries of 100 bytes, and forgets what is written to it.
#[derive(Debug)]
pub struct Endless {
    entries: u64,
    memory: Memory,
}

struct Reader {
    next: u64,
    end: u64,
}

impl Endless {
    /// One of so many entries.
    pub fn new(entries: u64) -> Self {
        let memory = Memory::new();
        Self { entries, memory }
    }
}

impl Backend for Endless {
    fn capabilities(&self) -> Capabilities {
        self.memory.capabilities()
    }

    async fn write(&self, _: &Context, _: WriteBatch) -> Result<Written> {
        // As a server does: so what is read ahead is soon all that there is room for.
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(Written::default())
    }

    async fn snapshot(&self, _: &Context, _: Option<String>) -> Result<Snapshot> {
        let reader = Reader {
            next: 0,
            end: self.entries,
        };
        let taken_at = Timestamp::from_millis(1_577_836_800_000);
        Ok(Snapshot::new(taken_at, Consistency::PointInTime, reader))
    }

    forward!(memory: get commit commit_many range scan health);
}

impl SnapshotReader for Reader {
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        Box::pin(async move {
            let end = self.end.min(self.next + limit.get() as u64);
            let items = (self.next..end).map(item).collect();
            self.next = end;
            items
        })
    }
}

/// What bytes of schema version 1 begin with.
const HEAD: [u8; 2] = [0x18, 1];

/// The values are hard to compress.
fn item(number: u64) -> Result<Item> {
    let bytes = [&b"item\0"[..], &number.to_be_bytes()].concat();
    let mut value = Vec::with_capacity(100);
    value.extend(HEAD);
    let mut word = number;
    while value.len() < 88 {
        word = (word ^ (word >> 30) ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value.extend(word.to_be_bytes());
    }
    Ok(Item {
        key: Key::new(&bytes[..], bytes.len())?,
        entry: Entry {
            value: value.into(),
            revision: Revision::from_bits(1),
            ttl: None,
        },
        metadata: None,
    })
}
