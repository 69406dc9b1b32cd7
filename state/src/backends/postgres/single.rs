//! Commits of one put or delete without condition: one plain statement.

use super::Postgres;
use super::bind::{Bind, expiry_number, layout, write};
use super::commit::{bits, unexpected};
use super::link::Effect as Sent;
use super::row;
use crate::backend::{Context, Effect, Expiry, Key, Mutation, Outcome, Revision};
use crate::error::{Error, ErrorKind, Result};

impl Postgres {
    /// `None`, and nothing done, where it takes more than a plain statement.
    pub(super) async fn send_single(
        &self,
        cx: &Context,
        mutation: &Mutation,
        revision: Revision,
    ) -> Result<Option<Outcome>> {
        let effect = match mutation {
            Mutation::Put { key, value, expiry } => {
                self.put(cx, key, value, *expiry, revision).await?
            }
            Mutation::Delete { key } => self.delete(cx, key).await?,
            Mutation::Touch { .. } | Mutation::Add { .. } => return Ok(None),
        };
        Ok(Some(Outcome::Applied(smallvec::smallvec![effect])))
    }

    async fn put(
        &self,
        cx: &Context,
        key: &Key,
        value: &[u8],
        expiry: Expiry,
        revision: Revision,
    ) -> Result<Effect> {
        let request = write(&self.statements.put, |deadline| {
            Bind::default()
                .with(key.as_bytes())
                .with(value)
                .with(bits(revision))
                .with(layout(key))
                .with(expiry_number(expiry))
                .with(deadline)
                .done()
        });
        let rows = self.link.call(cx, request).await;
        let rows = rows.map_err(|failure| failure.into_error(Sent::Write))?;
        match rows.first() {
            Some(_) => Ok(Effect::Put),
            None => Err(late()),
        }
    }

    async fn delete(&self, cx: &Context, key: &Key) -> Result<Effect> {
        let request = write(&self.statements.delete, |deadline| {
            Bind::default().with(key.as_bytes()).with(deadline).done()
        });
        let rows = self.link.call(cx, request).await;
        let rows = rows.map_err(|failure| failure.into_error(Sent::Write))?;
        let answer = rows.first().ok_or_else(|| unexpected("a row"))?;
        let live: Option<bool> = row::column(answer, "live")?;
        match live {
            Some(live) => Ok(Effect::Deleted(live)),
            None if row::column(answer, "in_time")? => Ok(Effect::Deleted(false)),
            None => Err(late()),
        }
    }
}

/// The server did nothing, because the deadline had passed.
pub(super) fn late() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "the deadline passed before the server applied the request; nothing was applied: try again with more time",
    )
}
