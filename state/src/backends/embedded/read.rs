use std::sync::Arc;

use super::blocking::blocking;
use super::cache::{Found, Known, Reservation, own};
use super::lookup::find;
use super::record::Record;
use super::{Embedded, Shared};
use crate::backend::{Context, Entry, Key};
use crate::error::Result;

impl Embedded {
    pub(super) async fn read_entries(
        &self,
        cx: &Context,
        keys: &[Key],
    ) -> Result<Vec<Option<Entry>>> {
        cx.check()?;
        let shared = self.shared();
        let now = || shared.clock.now();
        let mut entries = Vec::with_capacity(keys.len());
        let mut missing = Vec::new();
        for (position, key) in keys.iter().enumerate() {
            if let Some(Known(record)) = shared.cache.get(key) {
                entries.push(record.and_then(|record| record.to_entry(now)));
            } else {
                entries.push(None);
                missing.push((position, own(key)));
            }
        }
        if missing.is_empty() {
            return Ok(entries);
        }
        let reader = Arc::clone(shared);
        let found = blocking(cx, move || reader.load(&missing)).await?;
        for (position, record) in found {
            if let Some(entry) = entries.get_mut(position) {
                *entry = record.and_then(|record| record.to_entry(now));
            }
        }
        Ok(entries)
    }
}

impl Shared {
    /// Reads what the cache does not know, and fills it.
    fn load(&self, missing: &[(usize, Key)]) -> Result<Vec<(usize, Option<Record>)>> {
        let mut found = Vec::with_capacity(missing.len());
        let mut wanted: Vec<(usize, &Key, Option<Reservation<'_>>)> = Vec::new();
        for (position, key) in missing {
            match self.cache.get_or_reserve(key) {
                Found::Known(record) => found.push((*position, record)),
                Found::Reserved(reservation) => wanted.push((*position, key, Some(reservation))),
                Found::Busy => wanted.push((*position, key, None)),
            }
        }
        if wanted.is_empty() {
            return Ok(found);
        }
        // Only now: what is put into the cache must be no older than its reservation.
        let entries = self.engine.entries()?;
        for (position, key, reservation) in wanted {
            let record = find(&entries, key)?;
            if let Some(reservation) = reservation {
                reservation.fill(record.clone());
            }
            found.push((position, record));
        }
        Ok(found)
    }
}
