use std::marker::PhantomData;
use std::ops::RangeBounds;

use super::{MapEntry, MapKey};
use crate::backend::{Backend, Item, Projection, Revision};
use crate::error::Result;
use crate::key::{KeyField, KeyRange, KeyWriter, StateKey, Within, decode_key};
use crate::store::{Entries, InOrder, Keys, Operation, Project, Query, Store};
use crate::value::{State, StateValue};

/// What a key type with `value = Map<F, V>` has under each key: values of type `V` under fields of type `F`, each with a
/// revision and a time to live of its own, in the order of the fields.
#[derive(Debug)]
pub struct Map<F, V>(PhantomData<fn() -> (F, V)>);

impl<F: KeyField, V: StateValue> State for Map<F, V> {}

/// That the values of a key type `K` are a [`Map`], for [`Store::map`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Map`",
    label = "the value of this key type is `{Self}`",
    note = "write `value = Map<Field, Value>` in the `#[state(…)]` of the key type, or use `store.get(&key)` for a value \
            and `store.list(&key)` for a `List`"
)]
pub trait IsMap<K> {
    /// `K`. Of another value it is no type, so that the calls that follow are no errors of their own.
    type Key;
}

impl<K, F, V> IsMap<K> for Map<F, V> {
    type Key = K;
}

/// The map under one key.
#[derive(Debug)]
#[must_use]
pub struct MapHandle<'k, B, K> {
    store: Store<B>,
    key: &'k K,
}

impl<B: Backend> Store<B> {
    /// The map under `key`, whose type has `value = Map<F, V>`.
    ///
    /// ```
    /// use typed_state::{StateKey, Store, backends::Memory, primitive::Map};
    ///
    /// #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    /// #[state(namespace = "cart", value = Map<String, u32>)]
    /// struct Cart {
    ///     customer: u64,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> typed_state::Result<()> {
    /// let store = Store::new(Memory::new());
    /// let key = Cart { customer: 7 };
    /// let cart = store.map(&key);
    /// cart.put("pear", &3).await?;
    /// cart.put("apple", &1).await?;
    /// assert_eq!(cart.entries().collect().await?, [("apple".to_owned(), 1), ("pear".to_owned(), 3)]);
    /// # Ok(()) }
    /// ```
    pub fn map<'k, K>(&self, key: &'k K) -> MapHandle<'k, B, <K::Value as IsMap<K>>::Key>
    where
        K: StateKey<Value: IsMap<K, Key = K>>,
    {
        MapHandle {
            store: self.clone(),
            key,
        }
    }
}

impl<'k, B, K, F, V> MapHandle<'k, B, K>
where
    B: Backend,
    K: StateKey<Value = Map<F, V>>,
    F: KeyField,
    V: StateValue,
{
    /// The key of one entry, for all that a [`Store`] or a transaction does with a key.
    pub fn entry<'f>(&self, field: F::Ref<'f>) -> MapEntry<'k, 'f, K, F> {
        MapEntry {
            key: self.key,
            field,
        }
    }

    /// The value of `field`.
    ///
    /// Cancellation: nothing is left behind.
    pub fn get(&self, field: F::Ref<'_>) -> Operation<'_, Option<V>> {
        self.store.get(&self.entry(field))
    }

    /// Writes the value of `field`.
    ///
    /// Cancellation: a dropped future leaves the old value or the new one.
    pub fn put(&self, field: F::Ref<'_>, value: &V) -> Operation<'_, Revision> {
        self.store.put(&self.entry(field), value)
    }

    /// Removes `field` and says whether it was there.
    ///
    /// Cancellation: a dropped future leaves it or not.
    pub fn remove(&self, field: F::Ref<'_>) -> Operation<'_, bool> {
        self.store.delete(&self.entry(field))
    }

    /// All entries, in the order of their fields.
    pub fn entries(&self) -> Query<B, MapKey<K, F>, InOrder, MapEntries> {
        self.query(&(..)).projected()
    }

    /// All fields, in order; values are not read.
    pub fn fields(&self) -> Query<B, MapKey<K, F>, InOrder, MapFields> {
        self.query(&(..)).projected()
    }

    /// The entries whose fields lie within `bounds`, in the order of their fields.
    pub fn range<'a>(
        &self,
        bounds: impl RangeBounds<F::Ref<'a>>,
    ) -> Query<B, MapKey<K, F>, InOrder, MapEntries> {
        self.query(&bounds).projected()
    }

    fn query<'a>(&self, bounds: &impl RangeBounds<F::Ref<'a>>) -> Query<B, MapKey<K, F>, InOrder> {
        let mut prefix = KeyWriter::for_namespace(K::NAMESPACE);
        self.key.encode_fields(&mut prefix);
        let range: KeyRange<MapKey<K, F>, Within> = KeyRange::between(
            &prefix,
            bounds.start_bound(),
            bounds.end_bound(),
            |field, writer| {
                F::encode_field(*field, writer);
            },
        );
        self.store.range(range)
    }
}

/// The entries of a map: fields with their values.
#[derive(Debug, Clone, Copy)]
pub enum MapEntries {}

/// The fields of a map alone.
#[derive(Debug, Clone, Copy)]
pub enum MapFields {}

impl<K, F, V> Project<MapKey<K, F>> for MapEntries
where
    K: StateKey<Value = Map<F, V>>,
    F: KeyField,
    V: StateValue,
{
    type Item = (F, V);
    const PROJECTION: Projection = Projection::Entries;

    fn project<B: Backend>(store: &Store<B>, item: &Item) -> Result<Self::Item> {
        let (key, value) = <Entries as Project<MapKey<K, F>>>::project(store, item)?;
        Ok((key.field, value))
    }
}

impl<K, F, V> Project<MapKey<K, F>> for MapFields
where
    K: StateKey<Value = Map<F, V>>,
    F: KeyField,
    V: StateValue,
{
    type Item = F;
    const PROJECTION: Projection = <Keys as Project<MapKey<K, F>>>::PROJECTION;

    fn project<B: Backend>(_: &Store<B>, item: &Item) -> Result<Self::Item> {
        Ok(decode_key::<MapKey<K, F>>(&item.key)?.field)
    }
}
