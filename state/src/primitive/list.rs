use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

use bytes::Bytes;

use super::ListKey;
use super::list_key::{Bounds, BoundsKey};
use crate::backend::{Backend, Expiry, Item, Projection};
use crate::error::{ErrorKind, Result};
use crate::key::{KeyField as _, KeyRange, KeyWriter, StateKey, Within};
use crate::store::{Entries, InOrder, Operation, Project, Query, Store, Transaction, Versioned};
use crate::value::{State, StateValue};

/// How many items a trim removes in one commit.
const TRIM_STEP: u64 = 500;

/// What a key type with `value = List<T>` has under each key: a log that grows at the end and is trimmed at the start.
///
/// Items have indexes that never change. An item may expire by itself; the list forgets its indexes
/// once all that was appended has expired.
#[derive(Debug)]
pub struct List<T>(PhantomData<fn() -> T>);

impl<T: StateValue> State for List<T> {}

/// That the values of a key type `K` are a [`List`], for [`Store::list`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `List`",
    label = "the value of this key type is `{Self}`",
    note = "write `value = List<Item>` in the `#[state(…)]` of the key type, or use `store.get(&key)` for a value \
            and `store.map(&key)` for a `Map`"
)]
pub trait IsList<K> {
    /// `K`. Of another value it is no type, so that the calls that follow are no errors of their own.
    type Key;
}

impl<K, T> IsList<K> for List<T> {
    type Key = K;
}

/// The list under one key.
#[derive(Debug)]
#[must_use]
pub struct ListHandle<'k, B, K> {
    store: Store<B>,
    key: &'k K,
}

impl<B: Backend> Store<B> {
    /// The list under `key`, whose type has `value = List<T>`.
    ///
    /// ```
    /// use typed_state::{StateKey, Store, backends::Memory, primitive::List};
    ///
    /// #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    /// #[state(namespace = "history", value = List<String>)]
    /// struct History {
    ///     user: u64,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> typed_state::Result<()> {
    /// let store = Store::new(Memory::new());
    /// let key = History { user: 7 };
    /// let history = store.list(&key);
    /// history.append(&"login".to_owned()).await?;
    /// history.append(&"search".to_owned()).await?;
    /// history.keep_last(1).await?;
    /// assert_eq!(history.items().collect().await?, [(1, "search".to_owned())]);
    /// # Ok(()) }
    /// ```
    pub fn list<'k, K>(&self, key: &'k K) -> ListHandle<'k, B, <K::Value as IsList<K>>::Key>
    where
        K: StateKey<Value: IsList<K, Key = K>>,
    {
        ListHandle {
            store: self.clone(),
            key,
        }
    }
}

impl<B, K, T> ListHandle<'_, B, K>
where
    B: Backend,
    K: StateKey<Value = List<T>>,
    T: StateValue,
{
    /// Appends an item and gives its index.
    ///
    /// Cancellation: a dropped future leaves it appended or not.
    pub fn append(&self, item: &T) -> Operation<'_, u64> {
        self.append_many([item])
    }

    /// Appends items, all or none, and gives the index of the first.
    ///
    /// Cancellation: a dropped future leaves all appended or none.
    pub fn append_many<'i>(&self, items: impl IntoIterator<Item = &'i T>) -> Operation<'_, u64>
    where
        T: 'i,
    {
        let items: Result<Vec<Bytes>> = items
            .into_iter()
            .map(|item| self.store.encode(item))
            .collect();
        let expiry = self.store.expiry_of::<T>();
        Box::pin(async move {
            let items = items.map_err(|error| error.in_operation("append"))?;
            loop {
                let mut transaction = self.store.transaction();
                let stored = transaction.get_versioned(&self.bounds_key()).await?;
                let Bounds { first, next: start } = stored
                    .as_ref()
                    .map(|stored| stored.value)
                    .unwrap_or_default();
                let mut next = start;
                for item in &items {
                    transaction.put_encoded(&self.item_key(next), item.clone(), expiry)?;
                    next += 1;
                }
                if next == start {
                    return Ok(start);
                }
                let outliving = outliving(stored.as_ref(), expiry);
                transaction.put_expiring(&self.bounds_key(), &Bounds { first, next }, outliving)?;
                if committed(transaction).await? {
                    return Ok(start);
                }
            }
        })
    }

    /// The item at `index`; `None` where it was trimmed, expired, or is not there yet.
    ///
    /// Cancellation: nothing is left behind.
    pub fn get(&self, index: u64) -> Operation<'_, Option<T>> {
        self.store.get(&self.item_key(index))
    }

    /// The indexes that the list spans, from the first that is not trimmed to before the next to come.
    ///
    /// Cancellation: nothing is left behind.
    pub fn span(&self) -> Operation<'_, std::ops::Range<u64>> {
        Box::pin(async move {
            let bounds = self
                .store
                .get(&self.bounds_key())
                .await?
                .unwrap_or_default();
            Ok(bounds.first..bounds.next)
        })
    }

    /// All items with their indexes, oldest first.
    pub fn items(&self) -> Query<B, ListKey<K>, InOrder, ListItems> {
        self.range(..)
    }

    /// The items whose indexes lie within `indexes`, oldest first.
    pub fn range(
        &self,
        indexes: impl RangeBounds<u64>,
    ) -> Query<B, ListKey<K>, InOrder, ListItems> {
        let mut prefix = KeyWriter::for_namespace(K::NAMESPACE);
        self.key.encode_fields(&mut prefix);
        // Not unbounded: the list's bounds stand before index 0.
        let start = match indexes.start_bound() {
            Bound::Unbounded => Bound::Included(&0),
            bound => bound,
        };
        let range: KeyRange<ListKey<K>, Within> =
            KeyRange::between(&prefix, start, indexes.end_bound(), |index, writer| {
                u64::encode_field(*index, writer);
            });
        self.store.range(range).projected()
    }

    /// Removes the items before `index`, in commits of a bounded size.
    ///
    /// Cancellation: a dropped future leaves some of them removed, oldest first.
    pub fn trim_before(&self, index: u64) -> Operation<'_, ()> {
        Box::pin(async move {
            loop {
                let mut transaction = self.store.transaction();
                let stored = transaction.get_versioned(&self.bounds_key()).await?;
                let Some(Bounds { first, next }) = stored.map(|stored| stored.value) else {
                    return Ok(());
                };
                let end = index.min(next).min(first.saturating_add(TRIM_STEP));
                if first >= end {
                    return Ok(());
                }
                for index in first..end {
                    transaction.delete(&self.item_key(index))?;
                }
                transaction.put_expiring(
                    &self.bounds_key(),
                    &Bounds { first: end, next },
                    Expiry::Keep,
                )?;
                committed(transaction).await?;
            }
        })
    }

    /// Removes all but the newest `count` items, in commits of a bounded size.
    ///
    /// Cancellation: as [`trim_before`](Self::trim_before).
    pub fn keep_last(&self, count: u64) -> Operation<'_, ()> {
        Box::pin(async move {
            let end = self.span().await?.end;
            self.trim_before(end.saturating_sub(count)).await
        })
    }

    fn item_key(&self, index: u64) -> ListKey<K> {
        ListKey {
            key: self.key.clone(),
            index,
        }
    }

    fn bounds_key(&self) -> BoundsKey<K> {
        BoundsKey(self.key.clone())
    }
}

/// Commits; false where another writer came in between.
async fn committed<B: Backend>(transaction: Transaction<B>) -> Result<bool> {
    match transaction.commit().await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::Conflict => {
            tokio::task::yield_now().await;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// The later of the expiry that stands and the one of a new item, so that a list's bounds outlive its items.
fn outliving(stored: Option<&Versioned<Bounds>>, expiry: Expiry) -> Expiry {
    match (stored.map(|stored| stored.ttl), expiry) {
        (None, expiry) => expiry,
        (Some(Some(left)), Expiry::After(ttl)) if ttl >= left => expiry,
        (Some(Some(_)), Expiry::Never) => Expiry::Never,
        (Some(_), _) => Expiry::Keep,
    }
}

/// The items of a list with their indexes.
#[derive(Debug, Clone, Copy)]
pub enum ListItems {}

impl<K, T> Project<ListKey<K>> for ListItems
where
    K: StateKey<Value = List<T>>,
    T: StateValue,
{
    type Item = (u64, T);
    const PROJECTION: Projection = Projection::Entries;

    fn project<B: Backend>(store: &Store<B>, item: &Item) -> Result<Self::Item> {
        let (key, value) = <Entries as Project<ListKey<K>>>::project(store, item)?;
        Ok((key.index, value))
    }
}
