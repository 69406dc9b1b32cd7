use super::{Operation, Store, ValueOf, Versioned, at, within};
use crate::backend::{
    Backend, Commit, Condition, Context, Effect, Key, Mutation, Outcome, Revision, Scope,
};
use crate::error::{Error, Result};
use crate::key::{KeyLookup, encode_key};
use crate::value::{SingleValue, StateValue};

/// One key at a time.
impl<B: Backend> Store<B> {
    /// The value under `key`, which is a key or its borrowed twin; `None` where there is none or it expired.
    ///
    /// Cancellation: nothing is left behind.
    pub fn get<Q>(&self, key: &Q) -> Operation<'_, Option<ValueOf<Q>>>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: SingleValue,
    {
        let key = encode_key(key);
        Box::pin(async move {
            let key = key.map_err(within("get"))?;
            let entry = self.read(&self.read_context("get"), &key).await?;
            self.decode_option(entry.as_ref()).map_err(at("get", &key))
        })
    }

    /// The value under `key` with its revision and the time it has left.
    ///
    /// Cancellation: nothing is left behind.
    pub fn get_versioned<Q>(&self, key: &Q) -> Operation<'_, Option<Versioned<ValueOf<Q>>>>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: SingleValue,
    {
        let key = encode_key(key);
        Box::pin(async move {
            let key = key.map_err(within("get"))?;
            let entry = self.read(&self.whole_context("get"), &key).await?;
            entry
                .map(|entry| self.decode_entry(&entry))
                .transpose()
                .map_err(at("get", &key))
        })
    }

    /// Whether there is a value under `key`; its bytes are not decoded.
    ///
    /// Cancellation: nothing is left behind.
    pub fn contains<Q: KeyLookup + ?Sized>(&self, key: &Q) -> Operation<'_, bool> {
        let key = encode_key(key);
        Box::pin(async move {
            let key = key.map_err(within("contains"))?;
            Ok(self
                .read(&self.read_context("contains"), &key)
                .await?
                .is_some())
        })
    }

    /// Writes the value, whatever stood there, and gives its new revision.
    ///
    /// Without a time to live (of the view, the type or the store) an earlier one is cleared.
    ///
    /// Cancellation: a dropped future leaves the old value or the new one.
    pub fn put<Q>(&self, key: &Q, value: &ValueOf<Q>) -> Operation<'_, Revision>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: SingleValue,
    {
        let put = self.encode_put("put", key, value);
        Box::pin(async move {
            let (key, put) = put?;
            self.apply_one("put", &key, None, put)
                .await
                .map(|(revision, _)| revision)
        })
    }

    /// Removes the value and says whether there was one.
    ///
    /// Cancellation: a dropped future leaves the value or none.
    pub fn delete<Q: KeyLookup + ?Sized>(&self, key: &Q) -> Operation<'_, bool> {
        let key = encode_key(key);
        Box::pin(async move {
            let key = key.map_err(within("delete"))?;
            let delete = Mutation::Delete { key: key.clone() };
            let (_, effect) = self.apply_one("delete", &key, None, delete).await?;
            Ok(effect == Some(Effect::Deleted(true)))
        })
    }

    /// Removes the value and gives it; of several that race, one gets it.
    ///
    /// Cancellation: a dropped future leaves the value or none; what it took is lost with it.
    pub fn take<Q>(&self, key: &Q) -> Operation<'_, Option<ValueOf<Q>>>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: SingleValue,
    {
        let key = encode_key(key);
        Box::pin(async move {
            let key = key.map_err(within("take"))?;
            let cx = self.context("take");
            loop {
                let Some(entry) = self.read(&cx, &key).await? else {
                    return Ok(None);
                };
                let value = self.decode(&entry.value).map_err(at("take", &key))?;
                let condition = Condition::Revision(key.clone(), entry.revision);
                let delete = Mutation::Delete { key: key.clone() };
                match self.commit_one(&cx, &key, Some(condition), delete).await? {
                    Ok(_) => return Ok(Some(value)),
                    Err(_lost_the_race) => tokio::task::yield_now().await,
                }
            }
        })
    }

    /// Writes the value where there is none, and says whether it did.
    ///
    /// Cancellation: a dropped future leaves what stood there, or the new value where nothing did.
    pub fn insert<Q>(&self, key: &Q, value: &ValueOf<Q>) -> Operation<'_, bool>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: SingleValue,
    {
        let put = self.encode_put("insert", key, value);
        Box::pin(async move {
            let (key, put) = put?;
            Ok(self
                .commit_one(
                    &self.context("insert"),
                    &key,
                    Some(Condition::Absent(key.clone())),
                    put,
                )
                .await?
                .is_ok())
        })
    }

    /// Writes the value where `revision` stands, and gives the new revision.
    ///
    /// Cancellation: a dropped future leaves the old value or the new one.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) where another revision stands, or none: nothing is
    /// written, and [`Error::conflict`] says which.
    pub fn replace<Q>(
        &self,
        key: &Q,
        revision: Revision,
        value: &ValueOf<Q>,
    ) -> Operation<'_, Revision>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: SingleValue,
    {
        let put = self.encode_put("replace", key, value);
        Box::pin(async move {
            let (key, put) = put?;
            let condition = Condition::Revision(key.clone(), revision);
            self.apply_one("replace", &key, Some(condition), put)
                .await
                .map(|(revision, _)| revision)
        })
    }

    /// Removes the value where `revision` stands.
    ///
    /// Cancellation: a dropped future leaves the value or none.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) where another revision stands, or none: nothing is removed.
    pub fn delete_if<Q: KeyLookup + ?Sized>(
        &self,
        key: &Q,
        revision: Revision,
    ) -> Operation<'_, ()> {
        let key = encode_key(key);
        Box::pin(async move {
            let key = key.map_err(within("delete_if"))?;
            let condition = Condition::Revision(key.clone(), revision);
            let delete = Mutation::Delete { key: key.clone() };
            self.apply_one("delete_if", &key, Some(condition), delete)
                .await
                .map(|_| ())
        })
    }

    fn encode_put<Q>(
        &self,
        operation: &'static str,
        key: &Q,
        value: &ValueOf<Q>,
    ) -> Result<(Key, Mutation)>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: SingleValue,
    {
        let key = encode_key(key).map_err(within(operation))?;
        let put = self
            .put_mutation(key.clone(), value)
            .map_err(at(operation, &key))?;
        Ok((key, put))
    }

    pub(crate) fn put_mutation<V: StateValue>(&self, key: Key, value: &V) -> Result<Mutation> {
        Ok(Mutation::Put {
            key,
            value: self.encode(value)?,
            expiry: self.expiry_of::<V>(),
        })
    }

    /// Commits one mutation; a conflict is an error.
    pub(super) async fn apply_one(
        &self,
        operation: &'static str,
        key: &Key,
        condition: Option<Condition>,
        mutation: Mutation,
    ) -> Result<(Revision, Option<Effect>)> {
        self.commit_one(&self.context(operation), key, condition, mutation)
            .await?
            .map_err(at(operation, key))
    }

    /// Commits one mutation; a conflict is the inner error.
    pub(super) async fn commit_one(
        &self,
        cx: &Context,
        key: &Key,
        condition: Option<Condition>,
        mutation: Mutation,
    ) -> Result<Result<(Revision, Option<Effect>)>> {
        let revision = self.new_revision();
        let mut commit = Commit::new(revision, Scope::Partition);
        if let Some(condition) = condition {
            commit.require(condition)?;
        }
        commit.apply(mutation)?;
        match self
            .backend
            .commit(cx, commit)
            .await
            .map_err(at(cx.operation, key))?
        {
            Outcome::Applied(effects) => Ok(Ok((revision, effects.first().copied()))),
            Outcome::Conflict(conflict) => Ok(Err(Error::from_conflict(conflict))),
        }
    }
}
