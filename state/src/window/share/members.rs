use std::num::NonZeroUsize;

use futures_util::future::try_join_all;

use super::seat;
use crate::backend::{Backend, Item};
use crate::error::Result;
use crate::lock::{Lock, LockHolder};
use crate::store::Operation;
use crate::window::definition::Definition;
use crate::window::names::{self, Names};
use crate::window::windows::Windows;

/// How many entries a page has.
const PAGE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);

impl<B: Backend, K, A, W: Send + Sync> Windows<B, K, A, W> {
    /// The names of the workers that live, or have died less than their time to live ago, in order.
    ///
    /// Cancellation: nothing is left behind.
    pub fn members(&self) -> Operation<'_, Vec<String>> {
        Box::pin(async move {
            let members = members(&self.definition).await;
            let names = members.and_then(|members| {
                let names = members.iter().map(|item| seat::decode(&item.entry.value));
                names.collect::<Result<_>>()
            });
            names.map_err(|error| error.in_operation("members"))
        })
    }

    /// Who owns each shard, from shard 0 on; `None` where nobody does.
    ///
    /// Cancellation: nothing is left behind.
    pub fn owners(&self) -> Operation<'_, Vec<Option<LockHolder>>> {
        Box::pin(async move {
            let shards = 0..self.definition.shards.get();
            let owners = shards.map(async |shard| lock(&self.definition, shard)?.current().await);
            try_join_all(owners).await
        })
    }
}

/// The entries of all members, in order.
pub(super) async fn members<B: Backend, W: Sync>(
    definition: &Definition<B, W>,
) -> Result<Vec<Item>> {
    let store = &definition.store;
    let mut members = Vec::new();
    let mut cursor = None;
    loop {
        let range = names::members(&definition.name, PAGE, cursor);
        let page = store
            .backend()
            .range(&store.context("members"), range)
            .await?;
        members.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(members);
        }
    }
}

/// The lock whose holder owns a shard.
pub(super) fn lock<B: Backend, W>(
    definition: &Definition<B, W>,
    shard: u32,
) -> Result<Lock<B, ()>> {
    let key = Names::of(&definition.name, shard).progress()?;
    Ok(definition.store.lock_of_entry(key))
}
