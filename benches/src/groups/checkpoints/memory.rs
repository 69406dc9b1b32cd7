use std::collections::BTreeMap;
use std::path::Path;

use typed_state::Store;
use typed_state::backends::Memory;

use super::engine::{Engine, fill, whole};
use super::file;
use crate::Result;
use crate::data::keys::encode_by_hand;
use crate::work::{Entries, encode};

/// The memory backend, and an ordered map.
pub(super) struct InMemory {
    ours: Store<Memory>,
    map: BTreeMap<Vec<u8>, Vec<u8>>,
    loaded: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Engine for InMemory {
    type Backend = Memory;
    const NAME: &'static str = "memory";
    const OUT: &'static str = "BTreeMap, iterated into a file";
    const IN: &'static str = "BTreeMap, inserted from a file";

    async fn start(entries: &Entries, _: &Path) -> Result<Self> {
        let ours = Store::new(Memory::new());
        fill(&ours, entries).await?;
        let entries = entries.iter();
        let map = entries.map(|(key, item)| Ok((encode_by_hand(key), encode(item)?)));
        Ok(Self {
            ours,
            map: map.collect::<Result<_>>()?,
            loaded: BTreeMap::new(),
        })
    }

    fn full(&self) -> &Store<Memory> {
        &self.ours
    }

    async fn empty(&mut self) -> Result<Store<Memory>> {
        Ok(Store::new(Memory::new()))
    }

    async fn dump(&mut self, to: &Path) -> Result<()> {
        let mut file = file::Writer::create(to)?;
        for (key, value) in &self.map {
            file.add(key, value)?;
        }
        file.sync()
    }

    async fn clear(&mut self) -> Result<()> {
        self.loaded = BTreeMap::new();
        Ok(())
    }

    async fn load(&mut self, from: &Path) -> Result<()> {
        for entry in file::read(from)? {
            let (key, value) = entry?;
            self.loaded.insert(key, value);
        }
        whole(self.loaded.len())
    }
}
