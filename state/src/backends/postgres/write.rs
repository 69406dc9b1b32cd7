use std::collections::BTreeMap;

use bytes::Bytes;

use super::Postgres;
use super::bind::{Bind, expiry_number, layout, write};
use super::commit::{bits, unexpected};
use super::link::Effect as Sent;
use super::row;
use crate::backend::{Context, Expiry, JsonObject, Key, Revision, Write, WriteBatch, Written};
use crate::error::{Error, ErrorKind, Result};

impl Postgres {
    /// Deletes first, then puts: of the writes of one key only the last can be seen, once all are applied.
    pub(super) async fn send_batch(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        cx.check()?;
        let revision = batch.revision;
        for write in &batch.writes {
            if let Write::PutWithMetadata { key, metadata, .. } = write {
                check_metadata(metadata).map_err(|error| error.at_key(key))?;
            }
        }
        let merged = merge(batch.writes);
        let mut deleted = 0;
        let mut gone = Vec::new();
        let (mut fresh, mut keeping) = (Vec::new(), Vec::new());
        for (key, change) in &merged {
            deleted += change.undone;
            if change.begins_with_delete || change.put.is_none() {
                gone.push((key, change.begins_with_delete));
            }
            match &change.put {
                Some(put) if put.expiry == Expiry::Keep => keeping.push((key, put)),
                Some(put) => fresh.push((key, put)),
                None => {}
            }
        }
        for gone in gone.chunks(self.batch_size) {
            deleted += self.delete_chunk(cx, gone).await?;
        }
        for (puts, keep) in [(fresh, false), (keeping, true)] {
            for puts in puts.chunks(self.batch_size) {
                self.put_chunk(cx, revision, puts, keep).await?;
            }
        }
        Ok(Written { deleted })
    }

    async fn delete_chunk(&self, cx: &Context, gone: &[(&Key, bool)]) -> Result<u64> {
        let keys: Vec<&[u8]> = gone.iter().map(|(key, _)| key.as_bytes()).collect();
        let counted: Vec<bool> = gone.iter().map(|&(_, counted)| counted).collect();
        let request = write(&self.statements.writes(cx).delete_many, |deadline| {
            Bind::default()
                .with(&keys[..])
                .with(&counted[..])
                .with(deadline)
                .done()
        });
        let rows = self.link.call(cx, request).await;
        let rows = rows.map_err(|failure| failure.into_error(Sent::Write))?;
        let answer = rows.first().ok_or_else(|| unexpected("a row"))?;
        let deleted: i64 = row::column(answer, "deleted")?;
        if !row::column::<bool, _>(answer, "in_time")? {
            return Err(late());
        }
        Ok(deleted.unsigned_abs())
    }

    async fn put_chunk(
        &self,
        cx: &Context,
        revision: Revision,
        puts: &[(&Key, &Put)],
        keep: bool,
    ) -> Result<()> {
        let keys: Vec<&[u8]> = puts.iter().map(|(key, ..)| key.as_bytes()).collect();
        let values: Vec<&[u8]> = puts.iter().map(|(_, put)| &put.value[..]).collect();
        let layouts: Vec<i32> = puts.iter().map(|(key, ..)| layout(key)).collect();
        let expiries: Vec<i64> = puts
            .iter()
            .map(|(_, put)| expiry_number(put.expiry))
            .collect();
        let metadata: Vec<Option<&str>> = puts
            .iter()
            .map(|(_, put)| put.metadata.as_deref())
            .collect();
        let request = write(&self.statements.writes(cx).put_many, |deadline| {
            Bind::default()
                .with(&keys[..])
                .with(&values[..])
                .with(bits(revision))
                .with(&layouts[..])
                .with(&expiries[..])
                .with(keep)
                .with(deadline)
                .with(&metadata[..])
                .done()
        });
        let rows = self.link.call(cx, request).await;
        let rows = rows.map_err(|failure| failure.into_error(Sent::Write))?;
        let answer = rows.first().ok_or_else(|| unexpected("a row"))?;
        let put: i64 = row::column(answer, "put")?;
        if usize::try_from(put).is_ok_and(|put| put == puts.len()) {
            Ok(())
        } else {
            Err(late())
        }
    }
}

/// Each row is written only before the deadline.
fn late() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "the deadline passed while the server applied the batch; some of it may be applied: send it again with more time",
    )
}

/// What the writes of one key come to.
#[derive(Default)]
struct Change {
    begins_with_delete: bool,
    /// What stands there in the end.
    put: Option<Put>,
    /// How many of its deletes found what an earlier write of the batch had put.
    undone: u64,
}

struct Put {
    value: Bytes,
    metadata: Option<Box<str>>,
    expiry: Expiry,
}

fn merge(writes: Vec<Write>) -> BTreeMap<Key, Change> {
    let mut merged: BTreeMap<Key, Change> = BTreeMap::new();
    for write in writes {
        let is_first = !merged.contains_key(write.key());
        let change = merged.entry(write.key().clone()).or_default();
        match write {
            Write::Delete { .. } => {
                change.begins_with_delete |= is_first;
                change.undone += u64::from(change.put.take().is_some());
            }
            Write::Put { value, expiry, .. } => change.put(value, None, expiry, is_first),
            Write::PutWithMetadata {
                value,
                metadata,
                expiry,
                ..
            } => change.put(value, Some(metadata), expiry, is_first),
        }
    }
    merged
}

impl Change {
    fn put(&mut self, value: Bytes, metadata: Option<Box<str>>, expiry: Expiry, is_first: bool) {
        let expiry = match (expiry, &self.put) {
            (Expiry::Keep, Some(earlier)) => earlier.expiry,
            // It was deleted just before.
            (Expiry::Keep, None) if !is_first => Expiry::Never,
            (expiry, _) => expiry,
        };
        self.put = Some(Put {
            value,
            metadata,
            expiry,
        });
    }
}

fn check_metadata(json: &str) -> Result<()> {
    JsonObject::new(json.to_owned()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Ttl;

    fn merged(writes: &[Option<Expiry>]) -> Change {
        let key = Key::new(&b"n\x00a"[..], 3).unwrap();
        let writes = writes.iter().map(|write| match *write {
            Some(expiry) => Write::Put {
                key: key.clone(),
                value: Bytes::new(),
                expiry,
            },
            None => Write::Delete { key: key.clone() },
        });
        merge(writes.collect()).remove(&key).unwrap()
    }

    #[test]
    fn the_last_write_of_a_key_wins_and_every_delete_is_counted_once() {
        let put = Some(Expiry::Never);
        for (writes, begins, puts, undone) in [
            (&[put][..], false, true, 0),
            (&[None], true, false, 0),
            (&[None, None], true, false, 0),
            (&[put, None], false, false, 1),
            (&[put, None, None, put, None], false, false, 2),
            (&[None, put], true, true, 0),
            (&[None, put, None], true, false, 1),
        ] {
            let change = merged(writes);
            assert_eq!(
                (
                    change.begins_with_delete,
                    change.put.is_some(),
                    change.undone
                ),
                (begins, puts, undone),
                "{writes:?}"
            );
        }
    }

    #[test]
    fn an_expiry_is_kept_from_the_write_before() {
        let keep = Some(Expiry::Keep);
        let after = Expiry::After(Ttl::MIN);
        for (writes, expiry) in [
            (&[keep][..], Expiry::Keep),
            (&[keep, keep], Expiry::Keep),
            (&[Some(after), keep], after),
            (&[Some(after), None, keep], Expiry::Never),
            (&[None, keep], Expiry::Never),
            (&[keep, Some(after)], after),
        ] {
            assert_eq!(merged(writes).put.unwrap().expiry, expiry, "{writes:?}");
        }
    }
}
