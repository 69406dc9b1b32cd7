use super::{Operation, Store, ValueOf, at, within};
use crate::backend::{Backend, Key, Write, WriteBatch};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyLookup, encode_key};
use crate::value::SingleValue;

/// Many keys at once, of any partitions. Not atomic as a whole: see [`Store::transaction`] for that.
impl<B: Backend> Store<B> {
    /// The values under `keys`, in their order; a key that comes twice is answered twice.
    ///
    /// Cancellation: nothing is left behind.
    pub fn get_many<'k, Q, I>(&self, keys: I) -> Operation<'_, Vec<Option<ValueOf<Q>>>>
    where
        Q: KeyLookup + ?Sized + 'k,
        ValueOf<Q>: SingleValue,
        I: IntoIterator<Item = &'k Q>,
    {
        let keys: Result<Vec<Key>> = all(keys.into_iter().map(encode_key));
        Box::pin(async move {
            let keys = keys.map_err(within("get_many"))?;
            if keys.is_empty() {
                return Ok(Vec::new());
            }
            let cx = self.read_context("get_many");
            let entries = self
                .backend
                .get(&cx, &keys)
                .await
                .map_err(within("get_many"))?;
            if entries.len() != keys.len() {
                let wrong = format!(
                    "the backend gave {} answers for {} keys",
                    entries.len(),
                    keys.len()
                );
                return Err(Error::new(ErrorKind::Backend, wrong).in_operation("get_many"));
            }
            let decode = |(key, entry)| {
                self.decode_option::<ValueOf<Q>>(Option::as_ref(entry))
                    .map_err(at("get_many", key))
            };
            all(keys.iter().zip(&entries).map(decode))
        })
    }

    /// Writes values: each atomically, the last of a key that comes twice wins.
    ///
    /// All are encoded before any is written. After an error of the store some may have been written; the same
    /// call may be made again.
    ///
    /// Cancellation: a dropped future leaves any of them written.
    pub fn put_many<'k, Q, I>(&self, entries: I) -> Operation<'_, ()>
    where
        Q: KeyLookup + ?Sized + 'k,
        ValueOf<Q>: SingleValue + 'k,
        I: IntoIterator<Item = (&'k Q, &'k ValueOf<Q>)>,
    {
        let expiry = self.expiry_of::<ValueOf<Q>>();
        let put = |(key, value)| {
            let key = encode_key(key)?;
            let value = self.encode(value).map_err(at("put_many", &key))?;
            Ok(Write::Put { key, value, expiry })
        };
        let writes: Result<Vec<Write>> = all(entries.into_iter().map(put));
        Box::pin(async move {
            self.write("put_many", writes.map_err(within("put_many"))?)
                .await?;
            Ok(())
        })
    }

    /// Removes values and says how many there were.
    ///
    /// Cancellation: a dropped future leaves any of them removed.
    pub fn delete_many<'k, Q, I>(&self, keys: I) -> Operation<'_, u64>
    where
        Q: KeyLookup + ?Sized + 'k,
        I: IntoIterator<Item = &'k Q>,
    {
        let delete = |key| encode_key(key).map(|key| Write::Delete { key });
        let writes: Result<Vec<Write>> = all(keys.into_iter().map(delete));
        Box::pin(async move {
            self.write("delete_many", writes.map_err(within("delete_many"))?)
                .await
        })
    }

    pub(super) async fn write(&self, operation: &'static str, writes: Vec<Write>) -> Result<u64> {
        if writes.is_empty() {
            return Ok(0);
        }
        let batch = WriteBatch {
            revision: self.new_revision(),
            writes,
        };
        let cx = self.context(operation);
        let written = self
            .backend
            .write(&cx, batch)
            .await
            .map_err(within(operation))?;
        Ok(written.deleted)
    }
}

/// All of them, or the first error. `collect` does the same, but makes no room beforehand, because it may end early.
fn all<T>(results: impl Iterator<Item = Result<T>>) -> Result<Vec<T>> {
    let mut all = Vec::with_capacity(results.size_hint().0);
    for result in results {
        all.push(result?);
    }
    Ok(all)
}
