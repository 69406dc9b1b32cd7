use std::collections::HashMap;

use bytes::Bytes;

use super::{IntoExpiry, Operation, Store, ValueOf, Versioned, at, within};
use crate::backend::{
    Backend, Commit, Condition, Context, Effect, Entry, Expiry, Key, Mutation, Outcome, Revision,
    Scope, Transactional, add_to_counter, encode_counter,
};
use crate::error::{Error, Result};
use crate::key::{KeyLookup, encode_key};
use crate::value::{Counter, CounterValue, SingleValue, StateValue};

/// Conditions, reads and writes that apply together or not at all.
///
/// Nothing is sent before [`commit`](Self::commit) but reads, and what was read is a condition: the commit applies only
/// where every value that was read still stands. Dropped without a commit it has changed nothing.
///
/// ```
/// # use typed_state::{ErrorKind, StateKey, Store, backends::Memory};
/// #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// #[state(namespace = "account", value = i64)]
/// struct Account {
///     #[state(partition)]
///     bank: String,
///     number: u64,
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> typed_state::Result<()> {
/// # let store = Store::new(Memory::new());
/// let from = Account { bank: "b".into(), number: 1 };
/// let to = Account { bank: "b".into(), number: 2 };
/// let committed = loop {
///     let mut transaction = store.transaction();
///     let left = transaction.get(&from).await?.unwrap_or(0) - 5;
///     let right = transaction.get(&to).await?.unwrap_or(0) + 5;
///     transaction.put(&from, &left)?.put(&to, &right)?;
///     match transaction.commit().await {
///         Err(error) if error.kind() == ErrorKind::Conflict => {} // another writer came in between
///         done => break done?,
///     }
/// };
/// assert_eq!(committed.effects.len(), 2);
/// assert_eq!(store.get(&to).await?, Some(5));
/// # Ok(()) }
/// ```
///
/// Two reads of one transaction may be of different moments until the commit has confirmed them; a
/// transaction of reads alone is confirmed by a commit, too.
#[derive(Debug)]
#[must_use = "a transaction changes nothing until it is committed"]
pub struct Transaction<B> {
    store: Store<B>,
    cx: Context,
    commit: Commit,
    seen: HashMap<Key, Option<Entry>>,
    /// The lock record that it requires.
    fence: Option<Key>,
}

/// What a transaction did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The revision that all its writes have.
    pub revision: Revision,
    /// What each write did, in their order.
    pub effects: Vec<Effect>,
}

impl<B: Backend> Store<B> {
    /// A transaction over the keys of one partition, of any types: on every backend.
    ///
    /// A timeout of the view counts from here.
    pub fn transaction(&self) -> Transaction<B> {
        Transaction::new(self, Scope::Partition)
    }

    /// A transaction over any keys, where the backend has it.
    ///
    /// A timeout of the view counts from here.
    pub fn transaction_across(&self) -> Transaction<B>
    where
        B: Transactional,
    {
        Transaction::new(self, Scope::Store)
    }
}

impl<B: Backend> Store<B> {
    /// A transaction that applies only while a lock is held; the condition is on the lock's record.
    pub(crate) fn fenced_transaction(&self, held: Condition) -> Transaction<B> {
        let mut transaction = self.transaction();
        transaction.fence = Some(held.key().clone());
        // The first condition has no other to disagree with about the partition.
        drop(transaction.commit.require(held));
        transaction
    }
}

impl<B: Backend> Transaction<B> {
    fn new(store: &Store<B>, scope: Scope) -> Self {
        let commit = Commit::new(store.new_revision(), scope);
        Self {
            store: store.clone(),
            cx: store.context("transaction"),
            commit,
            seen: HashMap::new(),
            fence: None,
        }
    }

    /// Reads a value, with the writes of this transaction applied, and makes it a condition that it still stands when the transaction
    /// commits (or that there still is none).
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where the key lies in another partition than those before.
    pub fn get<Q>(&mut self, key: &Q) -> Operation<'_, Option<ValueOf<Q>>>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: SingleValue,
    {
        let keys = self.get_many([key]);
        Box::pin(async move { Ok(keys.await?.pop().flatten()) })
    }

    /// Reads values in one call, as [`get`](Self::get) does one.
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_many<'k, Q, I>(&mut self, keys: I) -> Operation<'_, Vec<Option<ValueOf<Q>>>>
    where
        Q: KeyLookup + ?Sized + 'k,
        ValueOf<Q>: SingleValue,
        I: IntoIterator<Item = &'k Q>,
    {
        let keys: Result<Vec<Key>> = keys.into_iter().map(encode_key).collect();
        Box::pin(async move {
            let keys = keys.map_err(within("transaction"))?;
            let mut unseen: Vec<Key> = keys
                .iter()
                .filter(|key| !self.seen.contains_key(*key))
                .cloned()
                .collect();
            unseen.sort_unstable();
            unseen.dedup();
            let cx = self.cx;
            self.observe(&cx, unseen).await?;
            keys.iter()
                .map(|key| self.decode_overlaid(key).map_err(at("transaction", key)))
                .collect()
        })
    }

    fn decode_overlaid<V: StateValue>(&self, key: &Key) -> Result<Option<V>> {
        let stored = self
            .seen
            .get(key)
            .and_then(Option::as_ref)
            .map(|entry| &entry.value);
        let value = overlay(stored, key, self.commit.mutations())?;
        value.map(|value| self.store.decode(&value)).transpose()
    }

    /// A value as it is stored, before the writes of this transaction, and a condition as in [`get`](Self::get).
    pub(crate) async fn get_versioned<Q>(
        &mut self,
        key: &Q,
    ) -> Result<Option<Versioned<ValueOf<Q>>>>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: SingleValue,
    {
        let key = encode_key(key).map_err(within("transaction"))?;
        if !self.seen.contains_key(&key) {
            let cx = self.cx.with_lifetimes();
            self.observe(&cx, vec![key.clone()]).await?;
        }
        let entry = self.seen.get(&key).and_then(Option::as_ref);
        entry
            .map(|entry| self.store.decode_entry(entry))
            .transpose()
            .map_err(at("transaction", &key))
    }

    async fn observe(&mut self, cx: &Context, keys: Vec<Key>) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let entries = self
            .store
            .backend
            .get(cx, &keys)
            .await
            .map_err(within("transaction"))?;
        for (key, entry) in keys.into_iter().zip(entries) {
            self.commit.require(match &entry {
                Some(entry) => Condition::Revision(key.clone(), entry.revision),
                None => Condition::Absent(key.clone()),
            })?;
            self.seen.insert(key, entry);
        }
        Ok(())
    }

    /// Requires that there is no entry under `key`.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where the key lies in another partition than those before.
    pub fn require_absent<Q: KeyLookup + ?Sized>(&mut self, key: &Q) -> Result<&mut Self> {
        let key = encode_key(key).map_err(within("transaction"))?;
        self.require(Condition::Absent(key))
    }

    /// Requires that there is an entry under `key`.
    ///
    /// # Errors
    /// As [`require_absent`](Self::require_absent).
    pub fn require_present<Q: KeyLookup + ?Sized>(&mut self, key: &Q) -> Result<&mut Self> {
        let key = encode_key(key).map_err(within("transaction"))?;
        self.require(Condition::Present(key))
    }

    /// Requires that `revision` stands under `key`.
    ///
    /// # Errors
    /// As [`require_absent`](Self::require_absent).
    pub fn require_revision<Q: KeyLookup + ?Sized>(
        &mut self,
        key: &Q,
        revision: Revision,
    ) -> Result<&mut Self> {
        let key = encode_key(key).map_err(within("transaction"))?;
        self.require(Condition::Revision(key, revision))
    }

    /// Writes the value; it expires as the store's view, the type or the store says.
    ///
    /// # Errors
    /// As [`require_absent`](Self::require_absent), and where the value cannot be encoded.
    pub fn put<Q>(&mut self, key: &Q, value: &ValueOf<Q>) -> Result<&mut Self>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: SingleValue,
    {
        let expiry = self.store.expiry_of::<ValueOf<Q>>();
        self.put_expiring(key, value, expiry)
    }

    /// Writes the value; it expires as `expiry` says.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_expiring<Q>(
        &mut self,
        key: &Q,
        value: &ValueOf<Q>,
        expiry: impl IntoExpiry,
    ) -> Result<&mut Self>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: SingleValue,
    {
        let key = encode_key(key).map_err(within("transaction"))?;
        let value = self.store.encode(value).map_err(at("transaction", &key))?;
        self.apply(Mutation::Put {
            key,
            value,
            expiry: expiry.into_expiry(),
        })
    }

    /// Writes a value that is already encoded.
    pub(crate) fn put_encoded<Q: KeyLookup + ?Sized>(
        &mut self,
        key: &Q,
        value: Bytes,
        expiry: Expiry,
    ) -> Result<&mut Self> {
        let key = encode_key(key).map_err(within("transaction"))?;
        self.apply(Mutation::Put { key, value, expiry })
    }

    /// Removes the value, if there is one.
    ///
    /// # Errors
    /// As [`require_absent`](Self::require_absent).
    pub fn delete<Q: KeyLookup + ?Sized>(&mut self, key: &Q) -> Result<&mut Self> {
        let key = encode_key(key).map_err(within("transaction"))?;
        self.apply(Mutation::Delete { key })
    }

    /// Changes when the entry expires, if there is one, and keeps its revision.
    ///
    /// # Errors
    /// As [`require_absent`](Self::require_absent).
    pub fn touch<Q: KeyLookup + ?Sized>(
        &mut self,
        key: &Q,
        expiry: impl IntoExpiry,
    ) -> Result<&mut Self> {
        let key = encode_key(key).map_err(within("transaction"))?;
        self.apply(Mutation::Touch {
            key,
            expiry: expiry.into_expiry(),
        })
    }

    /// Adds to a counter.
    ///
    /// # Errors
    /// As [`require_absent`](Self::require_absent); past the range of `i64` the commit fails with
    /// [`Overflow`](crate::ErrorKind::Overflow).
    pub fn add<Q>(&mut self, key: &Q, delta: i64) -> Result<&mut Self>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: CounterValue,
    {
        let key = encode_key(key).map_err(within("transaction"))?;
        let expiry = self.store.expiry_of::<Counter>();
        self.apply(Mutation::Add { key, delta, expiry })
    }

    /// Checks all conditions, then applies all writes, or nothing.
    ///
    /// Cancellation: a dropped future leaves all of it applied or nothing.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) where a condition does not hold, or what was read has changed;
    /// [`Error::conflict`] names each.
    pub fn commit(self) -> Operation<'static, Committed> {
        Box::pin(async move {
            let revision = self.commit.revision();
            if self.commit.conditions().is_empty() && self.commit.mutations().is_empty() {
                return Ok(Committed {
                    revision,
                    effects: Vec::new(),
                });
            }
            match self
                .store
                .backend
                .commit(&self.cx, self.commit)
                .await
                .map_err(within("transaction"))?
            {
                Outcome::Applied(effects) => Ok(Committed {
                    revision,
                    effects: effects.into_vec(),
                }),
                Outcome::Conflict(conflict) => {
                    let mut failed = conflict.failed.iter();
                    let error = match &self.fence {
                        Some(fence) if failed.any(|failed| failed.key == *fence) => {
                            Error::lock_lost().at_key(fence)
                        }
                        _ => Error::from_conflict(conflict),
                    };
                    Err(error.in_operation("transaction"))
                }
            }
        })
    }

    fn require(&mut self, condition: Condition) -> Result<&mut Self> {
        self.commit
            .require(condition)
            .map_err(within("transaction"))?;
        Ok(self)
    }

    fn apply(&mut self, mutation: Mutation) -> Result<&mut Self> {
        self.commit.apply(mutation).map_err(within("transaction"))?;
        Ok(self)
    }
}

/// What stands under `key` once `mutations` have applied over what is stored.
fn overlay(stored: Option<&Bytes>, key: &Key, mutations: &[Mutation]) -> Result<Option<Bytes>> {
    let mut value = stored.cloned();
    for mutation in mutations.iter().filter(|mutation| mutation.key() == key) {
        match mutation {
            Mutation::Put { value: put, .. } => value = Some(put.clone()),
            Mutation::Delete { .. } => value = None,
            Mutation::Touch { .. } => {}
            Mutation::Add { delta, .. } => {
                let sum = add_to_counter(value.as_deref(), *delta)?;
                value = Some(Bytes::copy_from_slice(&encode_counter(sum)));
            }
        }
    }
    Ok(value)
}
