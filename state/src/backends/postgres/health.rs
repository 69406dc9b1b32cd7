use std::time::Instant;

use super::Postgres;
use super::bind::{Bind, read};
use super::link::{Effect, Failure};
use super::row;
use crate::backend::{Context, Health};
use crate::error::{Error, ErrorKind, Result};

impl Postgres {
    /// Asks the primary whether it is one, and whether the table can be read.
    pub(super) async fn probe(&self, cx: &Context) -> Result<Health> {
        cx.check()?;
        let begun = Instant::now();
        let request = read(&self.statements.probe, |_| Bind::default().done());
        let rows = self.link.call(cx, request).await;
        let rows = rows.map_err(|failure: Failure| failure.into_error(Effect::Read))?;
        match rows.first().map(|row| row::column(row, "writable")) {
            Some(Ok(true)) => Ok(Health::new(begun.elapsed())),
            Some(Err(error)) => Err(error),
            _ => Err(Error::new(
                ErrorKind::Unavailable,
                "PostgreSQL: the server follows another and refuses writes; try again after the failover",
            )),
        }
    }
}
