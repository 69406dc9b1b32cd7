use std::collections::HashMap;

use typed_state::backend::Backend;
use typed_state::{Revision, Store};

use super::{Entries, GetMany, Peer, PutMany, Replace};
use crate::Result;
use crate::data::items::Item;
use crate::data::keys::EventKey;

/// The typed store on a backend.
pub(crate) struct Ours<B>(pub(crate) Store<B>);

impl<B> Clone for Ours<B> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<B: Backend> Peer for Ours<B> {
    async fn get(&mut self, key: &EventKey) -> Result<Option<Item>> {
        Ok(self.0.get(key).await?)
    }

    async fn put(&mut self, key: &EventKey, item: &Item) -> Result<()> {
        self.0.put(key, item).await?;
        Ok(())
    }
}

impl<B: Backend> GetMany for Ours<B> {
    async fn get_many(&mut self, keys: &[&EventKey]) -> Result<Vec<Option<Item>>> {
        Ok(self.0.get_many(keys.iter().copied()).await?)
    }
}

impl<B: Backend> PutMany for Ours<B> {
    async fn put_many(&mut self, entries: &[(&EventKey, &Item)]) -> Result<()> {
        Ok(self.0.put_many(entries.iter().copied()).await?)
    }
}

impl<B: Backend> Replace for Ours<B> {
    async fn revisions(&mut self, entries: &Entries) -> Result<Vec<u64>> {
        let found = self.0.scan::<EventKey>().versioned().collect().await?;
        let found = found.into_iter();
        let found: HashMap<_, _> = found
            .map(|(key, entry)| (key, entry.revision.to_bits()))
            .collect();
        entries.in_order(&found)
    }

    async fn replace(&mut self, key: &EventKey, revision: u64, item: &Item) -> Result<u64> {
        let known = Revision::from_bits(revision);
        Ok(self.0.replace(key, known, item).await?.to_bits())
    }
}
