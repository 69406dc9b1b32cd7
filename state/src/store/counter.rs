use super::{Operation, Store, ValueOf, at, within};
use crate::backend::{Backend, Effect, Key, Mutation};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyLookup, encode_key};
use crate::value::{Counter, CounterValue};

/// A counter: an `i64` that the store adds to, exactly and atomically.
#[derive(Debug, Clone)]
#[must_use]
pub struct CounterHandle<B> {
    store: Store<B>,
    key: Key,
}

impl<B: Backend> Store<B> {
    /// The counter under `key`, whose type has `value = Counter`.
    ///
    /// # Errors
    /// [`TooLarge`](crate::ErrorKind::TooLarge) where the key is.
    pub fn counter<Q>(&self, key: &Q) -> Result<CounterHandle<B>>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: CounterValue,
    {
        let key = encode_key(key).map_err(within("counter"))?;
        Ok(CounterHandle {
            store: self.clone(),
            key,
        })
    }
}

impl<B: Backend> CounterHandle<B> {
    /// Adds `delta`, which may be negative, and gives the sum. An absent counter counts as zero; the
    /// time to live is that of its creation.
    ///
    /// Cancellation: a dropped future leaves it added or not.
    ///
    /// # Errors
    /// [`Overflow`](crate::ErrorKind::Overflow) past the range of `i64`: the counter is unchanged.
    pub fn add(&self, delta: i64) -> Operation<'_, i64> {
        Box::pin(async move {
            let expiry = self.store.expiry_of::<Counter>();
            let add = Mutation::Add {
                key: self.key.clone(),
                delta,
                expiry,
            };
            match self.store.apply_one("add", &self.key, None, add).await?.1 {
                Some(Effect::Added(sum)) => Ok(sum),
                _ => Err(at("add", &self.key)(Error::new(
                    ErrorKind::Backend,
                    "the backend did not say what the counter is",
                ))),
            }
        })
    }

    /// What it stands at; zero where it does not exist.
    ///
    /// Cancellation: nothing is left behind.
    pub fn get(&self) -> Operation<'_, i64> {
        Box::pin(async move {
            let entry = self
                .store
                .read(&self.store.read_context("get"), &self.key)
                .await?;
            let counter = entry
                .map(|entry| self.store.decode::<Counter>(&entry.value))
                .transpose();
            Ok(counter.map_err(at("get", &self.key))?.unwrap_or_default().0)
        })
    }

    /// Removes it, so that it counts from zero again, and says whether it existed.
    ///
    /// Cancellation: a dropped future leaves it or not.
    pub fn reset(&self) -> Operation<'_, bool> {
        Box::pin(async move {
            let delete = Mutation::Delete {
                key: self.key.clone(),
            };
            let (_, effect) = self
                .store
                .apply_one("reset", &self.key, None, delete)
                .await?;
            Ok(effect == Some(Effect::Deleted(true)))
        })
    }
}
