use smallvec::SmallVec;

use super::gatherer::{Group, Passenger};
use crate::backend::{Backend, Entry, Key};
use crate::error::Result;

/// A read of so many keys travels with others; more are a call worth making.
pub(super) const FEW: usize = 8;

/// The keys that one caller reads.
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
        let mut keys = Vec::with_capacity(group.entries.len());
        let mut callers = Vec::with_capacity(group.entries.len());
        for mut entry in group.entries {
            if let Some(Self(wanted)) = entry.send() {
                callers.push((wanted.len(), entry));
                keys.extend(wanted);
            }
        }
        match backend.get(&cx, &keys).await {
            Ok(found) if found.len() == keys.len() => {
                let mut found = found.into_iter();
                for (count, entry) in callers {
                    entry.answer(Ok(found.by_ref().take(count).collect()));
                }
            }
            // What hinders all of them is told to all of them.
            Err(error) if error.is_retryable() => {
                for (_, entry) in callers {
                    entry.answer(Err(error.copied()));
                }
            }
            // One entry may be at fault. Without an answer each caller reads for himself.
            Ok(_) | Err(_) => drop(callers),
        }
    }
}
