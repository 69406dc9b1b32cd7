use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::checkpoints::Checkpoints;
use super::chunk::Row;
use super::id::CheckpointId;
use super::manifest::{Manifest, Namespace};
use super::rows::{self, SavedRows};
use super::stored::MAX_DECODED;
use super::target::Target;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyLookup, StateKey, decode_key};
use crate::store::{Operation, decode_value};
use crate::value::StateValue;

/// Reads a checkpoint without any store.
///
/// It sees every entry that the checkpoint has, also those that have expired since.
///
/// ```
/// # use typed_state::backends::Memory;
/// # use typed_state::checkpoint::Checkpoints;
/// # use typed_state::checkpoint::target::Objects;
/// # use typed_state::{Store, StateKey};
/// # #[derive(Clone, Debug, PartialEq, StateKey)]
/// # #[state(namespace = "visits", value = u64)]
/// # struct Visits { page: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> typed_state::Result<()> {
/// # let store = Store::new(Memory::new());
/// # store.put(&Visits { page: "home".into() }, &7).await?;
/// # let checkpoints = Checkpoints::new(Objects::memory());
/// # let id = checkpoints.create(&store).await?.id;
/// let reader = checkpoints.read(&id).await?;
/// let mut visits = reader.entries::<Visits>();
/// while let Some((key, value)) = visits.next().await? {
///     println!("{}: {value}", key.page);
/// }
/// # Ok(()) }
/// ```
pub struct CheckpointReader<T> {
    target: Arc<T>,
    manifest: Arc<Manifest>,
}

impl<T: Target> Checkpoints<T> {
    /// Opens a checkpoint to be read.
    ///
    /// Cancellation: nothing is left behind.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) where there is none of that name; [`Corrupt`](ErrorKind::Corrupt) where its manifest is damaged.
    pub fn read<'a>(&'a self, id: &'a CheckpointId) -> Operation<'a, CheckpointReader<T>> {
        Box::pin(CheckpointReader::open(&self.target, id))
    }
}

impl<T: Target> CheckpointReader<T> {
    pub(super) async fn open(target: &Arc<T>, id: &CheckpointId) -> Result<Self> {
        let bytes = target.read(&Manifest::name(id)).await?;
        let bytes = bytes.ok_or_else(|| {
            let wrong = format!("there is no checkpoint `{id}`; `list` tells which there are");
            Error::new(ErrorKind::InvalidInput, wrong)
        })?;
        Ok(Self {
            target: Arc::clone(target),
            manifest: Arc::new(Manifest::decode(id, &bytes)?),
        })
    }

    /// What the checkpoint is made of.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The namespaces, by their names.
    pub fn namespaces(&self) -> &BTreeMap<String, Namespace> {
        &self.manifest.namespaces
    }

    /// The entries of a key type, in the order in which they were written.
    pub fn entries<K: KeyLookup>(&self) -> SavedEntries<T, K::Key> {
        let namespace = <K::Key as StateKey>::NAMESPACE;
        let is_there = self.manifest.namespaces.contains_key(namespace);
        SavedEntries {
            rows: if is_there {
                self.rows()
            } else {
                SavedRows::of(&self.target, Vec::new())
            },
            in_order: self.manifest.in_order,
            kind: PhantomData,
        }
    }

    /// All entries, as their bytes.
    pub fn rows(&self) -> SavedRows<T> {
        rows::all(&self.target, &self.manifest)
    }

    pub(super) const fn target(&self) -> &Arc<T> {
        &self.target
    }
}

/// The entries of a key type in a checkpoint; a chunk at a time is in memory.
///
/// Where each entry was read at a moment of its own ([`Coverage::PerShard`](super::Coverage::PerShard)) one may come twice, and the last counts.
pub struct SavedEntries<T, K> {
    rows: SavedRows<T>,
    in_order: bool,
    kind: PhantomData<fn() -> K>,
}

impl<T: Target, K: StateKey<Value: StateValue>> SavedEntries<T, K> {
    /// The next entry; `None` at the end. Values of old versions are migrated as a store does it.
    ///
    /// Cancellation: the entries of a chunk that was being read are not given again.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) where a chunk is damaged, missing or no key or value of these types is in it, and as a
    /// store's reads where a value cannot be migrated.
    pub async fn next(&mut self) -> Result<Option<(K, K::Value)>> {
        while let Some(row) = self.rows.next().await? {
            if is_of::<K>(&row) {
                return Ok(Some((decode_key(&row.key)?, value::<K>(&row)?)));
            }
            if self.in_order && row.key.namespace() > K::NAMESPACE.as_bytes() {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// All that is left, in memory.
    ///
    /// Cancellation: what a dropped future had read is not given again.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn collect(mut self) -> Result<Vec<(K, K::Value)>> {
        let mut all = Vec::new();
        while let Some(entry) = self.next().await? {
            all.push(entry);
        }
        Ok(all)
    }
}

/// Whether a row is of this key type.
pub(super) fn is_of<K: StateKey>(row: &Row) -> bool {
    row.key.namespace() == K::NAMESPACE.as_bytes()
}

/// The value of a row.
pub(super) fn value<K: StateKey<Value: StateValue>>(row: &Row) -> Result<K::Value> {
    // How large values may be is a matter of the store, and what is here was in one.
    let most = usize::try_from(MAX_DECODED).unwrap_or(usize::MAX);
    let limit = <K::Value as StateValue>::MAX_SIZE.unwrap_or(most);
    decode_value(&row.value, limit).map_err(|error| error.at_key(&row.key))
}

impl<T> fmt::Debug for CheckpointReader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckpointReader")
            .field("id", &self.manifest.id)
            .finish_non_exhaustive()
    }
}

impl<T, K> fmt::Debug for SavedEntries<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedEntries")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}
