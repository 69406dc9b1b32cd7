use std::path::{Path, PathBuf};

use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition};
use typed_state::Store;
use typed_state::backends::Embedded;

use super::engine::{Engine, fill, whole};
use super::file;
use crate::Result;
use crate::data::keys::encode_by_hand;
use crate::work::{Entries, encode};

const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("events");

/// The embedded backend, and redb.
pub(super) struct OnDisk {
    ours: Store<Embedded>,
    engine: Database,
    empty: Option<Store<Embedded>>,
    loaded: Option<Database>,
    directory: PathBuf,
    /// Every empty one has a name of its own.
    number: usize,
}

impl OnDisk {
    fn path(&mut self) -> PathBuf {
        self.number += 1;
        self.directory.join(format!("empty-{}", self.number))
    }
}

impl Engine for OnDisk {
    type Backend = Embedded;
    const NAME: &'static str = "embedded";
    const OUT: &'static str = "redb, iterated into a file";
    const IN: &'static str = "redb, inserted from a file in one transaction";

    async fn start(entries: &Entries, directory: &Path) -> Result<Self> {
        let ours = Store::new(Embedded::open(directory.join("ours")).await?);
        fill(&ours, entries).await?;
        let engine = Database::create(directory.join("theirs"))?;
        let write = engine.begin_write()?;
        {
            let mut table = write.open_table(TABLE)?;
            for (key, item) in entries.iter() {
                table.insert(encode_by_hand(key).as_slice(), encode(item)?.as_slice())?;
            }
        }
        write.commit()?;
        Ok(Self {
            ours,
            engine,
            empty: None,
            loaded: None,
            directory: directory.to_owned(),
            number: 0,
        })
    }

    fn full(&self) -> &Store<Embedded> {
        &self.ours
    }

    async fn empty(&mut self) -> Result<Store<Embedded>> {
        if let Some(before) = self.empty.take() {
            before.backend().close().await?;
        }
        let store = Store::new(Embedded::open(self.path()).await?);
        self.empty = Some(store.clone());
        Ok(store)
    }

    async fn dump(&mut self, to: &Path) -> Result<()> {
        let mut file = file::Writer::create(to)?;
        for entry in self.engine.begin_read()?.open_table(TABLE)?.iter()? {
            let (key, value) = entry?;
            file.add(key.value(), value.value())?;
        }
        file.sync()
    }

    async fn clear(&mut self) -> Result<()> {
        self.loaded = None;
        self.loaded = Some(Database::create(self.path())?);
        Ok(())
    }

    async fn load(&mut self, from: &Path) -> Result<()> {
        let engine = self.loaded.as_ref().ok_or("there is no database")?;
        let write = engine.begin_write()?;
        let loaded = {
            let mut table = write.open_table(TABLE)?;
            for entry in file::read(from)? {
                let (key, value) = entry?;
                table.insert(key.as_slice(), value.as_slice())?;
            }
            table.len()?
        };
        write.commit()?;
        whole(usize::try_from(loaded)?)
    }

    async fn end(self) -> Result<()> {
        // The directory goes next, and closing needs it.
        for store in [Some(self.ours), self.empty].into_iter().flatten() {
            store.backend().close().await?;
        }
        Ok(())
    }
}
