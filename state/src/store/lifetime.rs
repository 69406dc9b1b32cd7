use super::{Operation, Store, within};
use crate::backend::{Backend, Effect, Expiry, Mutation, Ttl};
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
    pub fn ttl<Q: KeyLookup + ?Sized>(&self, key: &Q) -> Operation<'_, Lifetime> {
        let key = encode_key(key);
        Box::pin(async move {
            let key = key.map_err(within("ttl"))?;
            let entry = self.read(&self.whole_context("ttl"), &key).await?;
            Ok(entry.map_or(Lifetime::Absent, |entry| {
                entry.ttl.map_or(Lifetime::Forever, Lifetime::For)
            }))
        })
    }

    /// Changes when the entry under `key` expires, keeps its value and revision, and says whether there is one.
    ///
    /// Cancellation: a dropped future leaves the old expiry or the new one.
    pub fn touch<Q: KeyLookup + ?Sized>(
        &self,
        key: &Q,
        expiry: impl IntoExpiry,
    ) -> Operation<'_, bool> {
        let key = encode_key(key);
        let expiry = expiry.into_expiry();
        Box::pin(async move {
            let key = key.map_err(within("touch"))?;
            let touch = Mutation::Touch {
                key: key.clone(),
                expiry,
            };
            let (_, effect) = self.apply_one("touch", &key, None, touch).await?;
            Ok(effect == Some(Effect::Touched(true)))
        })
    }

    /// Lets the entry under `key` live for ever, and says whether there is one.
    ///
    /// Cancellation: a dropped future leaves the old expiry or none.
    pub fn persist<Q: KeyLookup + ?Sized>(&self, key: &Q) -> Operation<'_, bool> {
        self.touch(key, Expiry::Never)
    }
}

/// When a write expires: an [`Expiry`] or a [`Ttl`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say when a write expires",
    label = "expected a `Ttl` or an `Expiry`",
    note = "a time to live is made of a duration: `Ttl::new(duration)?`"
)]
pub trait IntoExpiry {
    /// The expiry.
    fn into_expiry(self) -> Expiry;
}

#[diagnostic::do_not_recommend]
impl<E: Into<Expiry>> IntoExpiry for E {
    fn into_expiry(self) -> Expiry {
        self.into()
    }
}
