//! The embedded backend through the typed store against its engine, redb, used bare.

use std::hint::black_box;
use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use typed_state::Store;
use typed_state::backends::Embedded;

use super::Group;
use crate::data::items::Item;
use crate::data::keys::{EventKey, decode_by_hand, encode_by_hand, events};
use crate::data::{KEYS, rng};
use crate::harness::{Budget, Contest, Figure};
use crate::threads::{on_tasks, on_threads, shuffled};
use crate::{Error, Result};

pub(super) const GROUP: Group = Group {
    name: "embedded",
    about: "get, scan and durable put of the embedded backend, against bare redb with MessagePack",
    run,
};

const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("events");
/// Entries of one scan.
const SCANNED: usize = 10_000;
/// Writers at once.
const WRITERS: usize = 64;

fn run(budget: &Budget) -> Result<Vec<Figure>> {
    let filled = Filled::new()?;
    Ok(vec![
        filled.get(budget)?,
        filled.scan(budget)?,
        filled.put_durable(budget)?,
    ])
}

struct Filled {
    keys: Vec<EventKey>,
    items: Vec<Item>,
    store: Store<Embedded>,
    engine: Database,
    /// For what runs where the caller's runtime does not matter.
    runtime: Runtime,
    _directory: TempDir,
}

impl Filled {
    fn new() -> Result<Self> {
        let keys = events();
        let mut rng = rng();
        let items: Vec<Item> = keys.iter().map(|_| Item::draw(&mut rng)).collect();
        let directory = on_disk()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        let store = runtime.block_on(async {
            let store = Store::new(Embedded::open(directory.path().join("ours")).await?);
            for entries in keys.iter().zip(&items).collect::<Vec<_>>().chunks(1_000) {
                store.put_many(entries.iter().copied()).await?;
            }
            Ok::<_, Error>(store)
        })?;
        let engine = Database::create(directory.path().join("theirs"))?;
        let write = engine.begin_write()?;
        {
            let mut table = write.open_table(TABLE)?;
            for (key, item) in keys.iter().zip(&items) {
                let value = rmp_serde::to_vec_named(item)?;
                table.insert(encode_by_hand(key).as_slice(), value.as_slice())?;
            }
        }
        write.commit()?;
        Ok(Self {
            keys,
            items,
            store,
            engine,
            runtime,
            _directory: directory,
        })
    }

    fn entry(&self, at: usize) -> Result<(&EventKey, &Item)> {
        self.keys
            .get(at)
            .zip(self.items.get(at))
            .ok_or_else(|| Error::from("no such entry"))
    }

    fn get(&self, budget: &Budget) -> Result<Figure> {
        let orders = shuffled(1, KEYS);
        // Whatever either side keeps in memory, it keeps now.
        on_tasks(&orders, KEYS as u64, async |at| {
            let (key, _) = self.entry(at)?;
            self.store.get(key).await?.ok_or("lost")?;
            self.engine_get(key)?.ok_or("lost")?;
            Ok(())
        })?;
        Contest::new("embedded/get", "redb, a read transaction each", 0.9).hold(
            budget,
            &mut |operations| {
                on_tasks(&orders, operations, async |at| {
                    let (key, _) = self.entry(at)?;
                    black_box(self.store.get(black_box(key)).await?.ok_or("lost")?);
                    Ok(())
                })
            },
            &mut |operations| {
                on_tasks(&orders, operations, async |at| {
                    let (key, _) = self.entry(at)?;
                    black_box(self.engine_get(black_box(key))?.ok_or("lost")?);
                    Ok(())
                })
            },
        )
    }

    fn engine_get(&self, key: &EventKey) -> Result<Option<Item>> {
        let table = self.engine.begin_read()?.open_table(TABLE)?;
        let found = table.get(encode_by_hand(key).as_slice())?;
        Ok(found
            .map(|value| rmp_serde::from_slice(value.value()))
            .transpose()?)
    }

    fn scan(&self, budget: &Budget) -> Result<Figure> {
        let once = [vec![0]];
        Contest::new("embedded/scan", "redb, iterating", 0.9)
            .in_batches_of(SCANNED as u64)
            .hold(
                budget,
                &mut |operations| {
                    on_tasks(&once, operations, async |_| {
                        let entries = self
                            .store
                            .scan::<EventKey>()
                            .limit(SCANNED)
                            .collect()
                            .await?;
                        whole(black_box(entries).len())
                    })
                },
                &mut |operations| {
                    on_tasks(&once, operations, async |_| {
                        whole(black_box(self.engine_scan()?).len())
                    })
                },
            )
    }

    fn engine_scan(&self) -> Result<Vec<(EventKey, Item)>> {
        let table = self.engine.begin_read()?.open_table(TABLE)?;
        table
            .iter()?
            .take(SCANNED)
            .map(|entry| {
                let (key, value) = entry?;
                let key = decode_by_hand(key.value()).ok_or("not a key")?;
                Ok((key, rmp_serde::from_slice(value.value())?))
            })
            .collect()
    }

    fn put_durable(&self, budget: &Budget) -> Result<Figure> {
        let orders = shuffled(WRITERS, KEYS);
        let writers = WRITERS as u64;
        Contest::new(
            "embedded/put-durable",
            "redb, one commit a put, 64 threads",
            5.0,
        )
        .in_batches_of(writers)
        .hold(
            budget,
            &mut |operations| {
                on_tasks(&orders, operations * writers, async |at| {
                    let (key, item) = self.entry(at)?;
                    black_box(self.store.put(black_box(key), item).await?);
                    Ok(())
                })
            },
            &mut |operations| {
                on_threads(&orders, operations * writers, async |at| {
                    let (key, item) = self.entry(at)?;
                    self.engine_put(black_box(key), item)
                })
            },
        )
    }

    fn engine_put(&self, key: &EventKey, item: &Item) -> Result<()> {
        let value = rmp_serde::to_vec_named(item)?;
        let write = self.engine.begin_write()?;
        write
            .open_table(TABLE)?
            .insert(encode_by_hand(key).as_slice(), value.as_slice())?;
        Ok(write.commit()?)
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        // The directory goes next, and closing needs it.
        if let Err(error) = self.runtime.block_on(self.store.backend().close()) {
            eprintln!("closing the store: {error}");
        }
    }
}

fn whole(entries: usize) -> Result<()> {
    if entries == SCANNED {
        Ok(())
    } else {
        Err(Error::from("the scan is not whole"))
    }
}

/// A directory beside the program and not in `/tmp`, which may be memory, where a synchronisation costs nothing.
fn on_disk() -> Result<TempDir> {
    let program = std::env::current_exe()?;
    let beside = program.parent().unwrap_or_else(|| Path::new("."));
    Ok(tempfile::tempdir_in(beside)?)
}
