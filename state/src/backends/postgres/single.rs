//! Commits on one entry: a plain statement, or a function for one key.

use super::Postgres;
use super::bind::{Bind, expiry_number, layout, write};
use super::commit::{bits, condition_numbers, mutation_numbers, outcome, told, unexpected};
use super::link::Effect as Sent;
use super::row;
use crate::backend::{
    Commit, Condition, Context, Effect, Expiry, Key, Mutation, Outcome, Revision,
};
use crate::error::{Error, ErrorKind, Result};

impl Postgres {
    /// A commit of one mutation, with one condition on the same key, or none.
    pub(super) async fn send_one(
        &self,
        cx: &Context,
        commit: &Commit,
        condition: Option<&Condition>,
        mutation: &Mutation,
    ) -> Result<Outcome> {
        let condition = condition.map(condition_numbers);
        let (kind, content, delta, expiry) = mutation_numbers(mutation);
        let key = mutation.key();
        let request = write(&self.statements.writes(cx).commit_one, |deadline| {
            Bind::default()
                .with(key.as_bytes())
                .with(layout(key))
                .with(condition.map(|(kind, _)| kind))
                .with(condition.map(|(_, wanted)| wanted))
                .with(kind)
                .with(content)
                .with(delta)
                .with(expiry)
                .with(bits(commit.revision()))
                .with(deadline)
                .done()
        });
        let rows = self.link.call(cx, request).await;
        let rows = rows.map_err(|failure| told(failure, commit))?;
        let answer = rows.first().ok_or_else(|| unexpected("a row"))?;
        let answer: Vec<Option<i64>> = row::column(answer, "answer")?;
        outcome(&answer, commit)
    }

    pub(super) async fn put(
        &self,
        cx: &Context,
        key: &Key,
        value: &[u8],
        expiry: Expiry,
        revision: Revision,
    ) -> Result<Outcome> {
        let request = write(&self.statements.writes(cx).put, |deadline| {
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
            Some(_) => Ok(applied(Effect::Put)),
            None => Err(late()),
        }
    }

    pub(super) async fn delete(&self, cx: &Context, key: &Key) -> Result<Outcome> {
        let request = write(&self.statements.writes(cx).delete, |deadline| {
            Bind::default().with(key.as_bytes()).with(deadline).done()
        });
        let rows = self.link.call(cx, request).await;
        let rows = rows.map_err(|failure| failure.into_error(Sent::Write))?;
        let answer = rows.first().ok_or_else(|| unexpected("a row"))?;
        let live: Option<bool> = row::column(answer, "live")?;
        match live {
            Some(live) => Ok(applied(Effect::Deleted(live))),
            None if row::column(answer, "in_time")? => Ok(applied(Effect::Deleted(false))),
            None => Err(late()),
        }
    }
}

fn applied(effect: Effect) -> Outcome {
    Outcome::Applied(smallvec::smallvec![effect])
}

/// The server did nothing, because the deadline had passed.
pub(super) fn late() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "the deadline passed before the server applied the request; nothing was applied: try again with more time",
    )
}
