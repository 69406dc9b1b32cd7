use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::sqlx::SqlStr;
use ::sqlx::postgres::PgRow;

use super::Postgres;
use super::bind::Bind;
use super::commit::unexpected;
use super::link::{Connection, Effect, Failure};
use super::names::NOW;
use super::range::successor;
use super::row;
use super::sql::Statements;
use crate::backend::{Consistency, Context, Item, Snapshot, SnapshotReader, namespace_bounds};
use crate::clock::Timestamp;
use crate::error::Result;

/// Past the last byte that a namespace begins with: names are UTF-8, which has no such byte.
const END: &[u8] = &[0xFF];

impl Postgres {
    /// A transaction that sees the moment at which it began, on a connection of its own: those of the pool are for
    /// requests that end soon.
    pub(super) async fn take_snapshot(
        &self,
        cx: &Context,
        namespace: Option<String>,
    ) -> Result<Snapshot> {
        cx.check()?;
        let (low, high) = match &namespace {
            Some(namespace) => {
                let (low, high) = namespace_bounds(namespace)?;
                (low.as_slice().to_vec(), high.as_slice().to_vec())
            }
            None => (Vec::new(), END.to_vec()),
        };
        let failed = |failure: Failure| failure.into_error(Effect::Read);
        let mut connection = self.link.connect(cx).await.map_err(failed)?;
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL enable_seqscan = off; \
             SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off; \
             SET LOCAL idle_in_transaction_session_timeout = 0; SELECT {NOW} AS now"
        );
        let rows = connection.script(begin, self.link.deadline(cx)).await;
        let rows = rows.map_err(failed)?;
        let row = rows.first().ok_or_else(|| unexpected("a row"))?;
        let taken_at: i64 = row::column(row, "now")?;
        let reader = Reader {
            connection: Some(connection),
            statements: Arc::clone(&self.statements),
            batch_size: self.batch_size,
            timeout: self.link.command_timeout(),
            taken_at,
            low,
            high,
        };
        let taken_at = Timestamp::from_millis(taken_at);
        Ok(Snapshot::new(taken_at, Consistency::PointInTime, reader))
    }
}

struct Reader {
    /// In its transaction; none once the end was reached. Dropping it ends both.
    connection: Option<Connection>,
    statements: Arc<Statements>,
    batch_size: usize,
    timeout: Duration,
    taken_at: i64,
    /// What is still to be read.
    low: Vec<u8>,
    high: Vec<u8>,
}

impl SnapshotReader for Reader {
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        Box::pin(async move {
            let limit = limit.get().min(self.batch_size);
            let items = self.page(limit).await?;
            if items.len() < limit
                && let Some(connection) = self.connection.take()
            {
                connection.close().await;
            }
            if let Some(last) = items.last() {
                self.low = successor(last.key.as_bytes());
            }
            Ok(items)
        })
    }
}

impl Reader {
    async fn page(&mut self, limit: usize) -> Result<Vec<Item>> {
        let Some(connection) = &mut self.connection else {
            return Ok(Vec::new());
        };
        let arguments = Bind::default()
            .with(&self.low[..])
            .with(&self.high[..])
            .with(i64::try_from(limit).unwrap_or(i64::MAX))
            .with(self.taken_at)
            .done();
        let deadline = Instant::now() + self.timeout;
        let sql: &SqlStr = &self.statements.snapshot;
        let rows = connection.read_on(sql, arguments, deadline).await;
        let rows = rows.map_err(|failure| failure.into_error(Effect::Read))?;
        rows.iter().map(item).collect()
    }
}

fn item(found: &PgRow) -> Result<Item> {
    let metadata: Option<&str> = row::column(found, "metadata")?;
    Ok(Item {
        metadata: metadata.map(Into::into),
        ..row::item(found)?
    })
}
