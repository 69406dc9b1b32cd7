use smallvec::SmallVec;

use super::gatherer::{Group, Passenger};
use crate::backend::{Backend, Entry, Key};
use crate::error::Result;

/// A read of so many keys travels with others; more are a call worth making.
pub(super) const FEW: usize = 8;

/// The keys that one caller reads.
#[derive(Default)]
pub(super) struct Wanted(SmallVec<[Key; 1]>);

impl Wanted {
    pub(super) fn of(keys: &[Key]) -> Self {
        Self(keys.iter().cloned().collect())
    }
}

impl<B: Backend> Passenger<B> for Wanted {
    type Answer = Result<Vec<Option<Entry>>>;

    fn bytes(&self) -> usize {
        self.0.iter().map(|key| key.as_bytes().len()).sum()
    }

    async fn travel(backend: &B, group: Group<B, Self>) {
        let cx = group.context();
        let mut entries = group.entries;
        let mut keys = Vec::with_capacity(entries.len());
        let mut counts = Vec::with_capacity(entries.len());
        for entry in &mut entries {
            let Self(wanted) = entry.send().unwrap_or_default();
            counts.push(wanted.len());
            keys.extend(wanted);
        }
        match backend.get(&cx, &keys).await {
            Ok(found) if found.len() == keys.len() => {
                let mut found = found.into_iter();
                for (entry, count) in entries.into_iter().zip(counts) {
                    entry.answer(Ok(found.by_ref().take(count).collect()));
                }
            }
            // What hinders all of them is told to all of them; what hinders one node, to those that it hinders.
            Err(error) if error.is_retryable() && error.node().is_only() => {
                for entry in entries {
                    entry.answer(Err(error.copied()));
                }
            }
            // One entry may be at fault. Without an answer each caller reads for himself.
            Ok(_) | Err(_) => drop(entries),
        }
    }
}
