use std::collections::HashMap;

use ::sqlx::postgres::PgRow;

use super::Postgres;
use super::bind::{Bind, read};
use super::link::Effect;
use super::row;
use crate::backend::{Context, Entry, Key};
use crate::error::Result;

impl Postgres {
    pub(super) async fn read_entries(
        &self,
        cx: &Context,
        keys: &[Key],
    ) -> Result<Vec<Option<Entry>>> {
        if let [key] = keys {
            let request = read(&self.statements.get, |_| {
                Bind::default().with(key.as_bytes()).done()
            });
            let rows = self.link.call(cx, request).await;
            let rows = rows.map_err(|failure| failure.into_error(Effect::Read))?;
            return Ok(vec![rows.first().map(row::entry).transpose()?]);
        }
        let mut entries = Vec::with_capacity(keys.len());
        for keys in keys.chunks(self.batch_size) {
            // The future of many keys is large; that of one key carries none of it.
            let rows = Box::pin(self.read_chunk(cx, keys)).await?;
            put_in_order(&rows, keys, &mut entries)?;
        }
        Ok(entries)
    }

    async fn read_chunk(&self, cx: &Context, keys: &[Key]) -> Result<Vec<PgRow>> {
        let bytes: Vec<&[u8]> = keys.iter().map(Key::as_bytes).collect();
        let request = read(&self.statements.get_many, |_| {
            Bind::default().with(&bytes[..]).done()
        });
        let rows = self.link.call(cx, request).await;
        rows.map_err(|failure| failure.into_error(Effect::Read))
    }
}

/// One answer a key, in the keys' order, of rows in any order.
fn put_in_order(rows: &[PgRow], keys: &[Key], entries: &mut Vec<Option<Entry>>) -> Result<()> {
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let key: &[u8] = row::column(row, "key")?;
        found.insert(key, row);
    }
    for key in keys {
        let row = found.get(key.as_bytes());
        entries.push(row.map(|row| row::entry(row)).transpose()?);
    }
    Ok(())
}
