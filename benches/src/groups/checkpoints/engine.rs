use std::path::Path;

use typed_state::Store;
use typed_state::backend::Backend;

use crate::work::Entries;
use crate::{Error, Result};

/// A backend, and the engine below it used bare, both with the same entries.
pub(super) trait Engine: Sized {
    type Backend: Backend;
    const NAME: &'static str;
    /// How the engine writes everything to a file.
    const OUT: &'static str;
    /// How it loads it.
    const IN: &'static str;

    async fn start(entries: &Entries, directory: &Path) -> Result<Self>;

    /// The store that has the entries.
    fn full(&self) -> &Store<Self::Backend>;

    /// A store that has none; what the one before it had is gone.
    async fn empty(&mut self) -> Result<Store<Self::Backend>>;

    /// Writes all that the engine has to a file, which reaches the disk.
    async fn dump(&mut self, to: &Path) -> Result<()>;

    /// Forgets what was loaded.
    async fn clear(&mut self) -> Result<()>;

    /// Loads what was dumped.
    async fn load(&mut self, from: &Path) -> Result<()>;

    async fn end(self) -> Result<()> {
        Ok(())
    }
}

/// Puts the entries into a store.
pub(super) async fn fill<B: Backend>(store: &Store<B>, entries: &Entries) -> Result<()> {
    let entries: Vec<_> = entries.iter().collect();
    for entries in entries.chunks(1_000) {
        store.put_many(entries.iter().copied()).await?;
    }
    Ok(())
}

/// How many entries were loaded must be how many there are.
pub(super) fn whole(loaded: usize) -> Result<()> {
    if loaded == crate::data::KEYS {
        Ok(())
    } else {
        Err(Error::from(format!("{loaded} entries were loaded")))
    }
}
