use super::{Operation, Store, ValueOf, at, within};
use crate::backend::{Backend, Condition, Mutation};
use crate::key::{KeyLookup, encode_key};
use crate::value::SingleValue;

impl<B: Backend> Store<B> {
    /// Reads, changes and writes the value, and begins anew when another writer came in between:
    /// no update is lost.
    ///
    /// `change` gets what stands there and gives what shall stand there, `None` for nothing; it may run
    /// several times. Gives what it gave last.
    ///
    /// Cancellation: a dropped future leaves the old value or the new one.
    ///
    /// ```
    /// # use typed_state::{Store, backends::Memory, StateKey};
    /// # #[derive(StateKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    /// # #[state(namespace = "visits", value = u64)]
    /// # struct Visits { page: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> typed_state::Result<()> {
    /// # let store = Store::new(Memory::new());
    /// let visits = store.update(&Visits { page: "home".into() }, |n| Some(n.unwrap_or(0) + 1)).await?;
    /// assert_eq!(visits, Some(1));
    /// # Ok(()) }
    /// ```
    pub fn update<'s, Q, F>(&'s self, key: &Q, mut change: F) -> Operation<'s, Option<ValueOf<Q>>>
    where
        Q: KeyLookup + ?Sized,
        ValueOf<Q>: SingleValue,
        F: FnMut(Option<ValueOf<Q>>) -> Option<ValueOf<Q>> + Send + 's,
    {
        let key = encode_key(key);
        Box::pin(async move {
            let key = key.map_err(within("update"))?;
            let cx = self.context("update");
            loop {
                let entry = self.read(&cx, &key).await?;
                let before = self
                    .decode_option(entry.as_ref())
                    .map_err(at("update", &key))?;
                let after = change(before);
                let mutation = match (&entry, &after) {
                    (None, None) => return Ok(None),
                    (_, Some(value)) => self
                        .put_mutation(key.clone(), value)
                        .map_err(at("update", &key))?,
                    (Some(_), None) => Mutation::Delete { key: key.clone() },
                };
                let condition = match entry {
                    Some(entry) => Condition::Revision(key.clone(), entry.revision),
                    None => Condition::Absent(key.clone()),
                };
                match self
                    .commit_one(&cx, &key, Some(condition), mutation)
                    .await?
                {
                    Ok(_) => return Ok(after),
                    Err(_another_writer) => tokio::task::yield_now().await,
                }
            }
        })
    }
}
