use super::{Store, within};
use crate::backend::{Backend, Effect, Expiry, Mutation, Ttl};
use crate::error::Result;
use crate::key::{KeyLookup, encode_key};

/// How long an entry has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lifetime {
    /// There is no entry.
    Absent,
    /// It never expires.
    Forever,
    /// It expires after this, counted from the store's answer.
    For(Ttl),
}

/// The time to live of one key.
impl<B: Backend> Store<B> {
    /// How long the entry under `key` has left, by the store's clock.
    ///
    /// Cancellation: nothing is left behind.
    pub async fn ttl<Q: KeyLookup>(&self, key: &Q) -> Result<Lifetime> {
        let key = encode_key(key).map_err(within("ttl"))?;
        let entry = self.read(&self.context(), "ttl", &key).await?;
        Ok(entry.map_or(Lifetime::Absent, |entry| {
            entry.ttl.map_or(Lifetime::Forever, Lifetime::For)
        }))
    }

    /// Changes when the entry under `key` expires, keeps its value and revision, and says whether there is one.
    ///
    /// Cancellation: a dropped future leaves the old expiry or the new one.
    pub async fn touch<Q: KeyLookup>(
        &self,
        key: &Q,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<bool> {
        let expiry = expiry.into();
        let key = encode_key(key).map_err(within("touch"))?;
        let (_, effect) = self
            .apply_one(
                "touch",
                &key,
                None,
                Mutation::Touch {
                    key: key.clone(),
                    expiry,
                },
            )
            .await?;
        Ok(effect == Some(Effect::Touched(true)))
    }

    /// Lets the entry under `key` live for ever, and says whether there is one.
    ///
    /// Cancellation: a dropped future leaves the old expiry or none.
    pub async fn persist<Q: KeyLookup>(&self, key: &Q) -> Result<bool> {
        self.touch(key, Expiry::Never).await
    }
}
