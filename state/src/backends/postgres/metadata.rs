//! Metadata beside values: the column `metadata`, and searches by it.

use ::sqlx::postgres::PgRow;
use ::sqlx::{AssertSqlSafe, SqlSafeStr as _};
use bytes::Bytes;

use super::Postgres;
use super::bind::{Bind, expiry_number, layout, read, search, write};
use super::commit::bits;
use super::link::Effect;
use super::predicate::Clause;
use super::range::successor;
use super::row;
use super::single::late;
use crate::backend::{
    Context, Cursor, Find, Found, Key, Metadata, MetadataItem, MetadataPut, Projection,
    namespace_bounds,
};
use crate::error::{Error, ErrorKind, Result};

/// As a put without metadata.
pub(super) const PUT: &str = "INSERT INTO {table} AS t (key, value, revision, layout, created, updated, expires, metadata) \
    SELECT $1, $2, $3, $4, clock_timestamp(), clock_timestamp(), \
        CASE WHEN $5 > 0 THEN {now} + least($5, 9223372036854775807 - {now}) END, $7::jsonb \
    FROM (SELECT set_config('lock_timeout', greatest(1, least($6 - {now}, 2147483647))::text, true)) AS set \
    WHERE {now} < $6 \
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision, layout = excluded.layout, \
        metadata = excluded.metadata, updated = excluded.updated, \
        created = CASE WHEN t.expires <= {now} THEN excluded.created ELSE t.created END, \
        expires = CASE WHEN $5 > 0 THEN {now} + least($5, 9223372036854775807 - {now}) \
            WHEN $5 = -1 AND t.expires > {now} THEN t.expires END \
    WHERE {now} < $6 \
    RETURNING 1";

pub(super) const GET: &str = "SELECT metadata::text AS metadata FROM {table} \
    WHERE key = $1 AND (expires IS NULL OR expires > {begun})";

/// The clause of the search is added, then the order. Parameters of the clause follow the three here.
const FIND: &str = "SELECT key, layout, revision, {value} AS value, expires - {begun} AS ttl, {metadata} AS metadata \
    FROM {table} WHERE key >= $1 AND key < $2 AND metadata IS NOT NULL AND (expires IS NULL OR expires > {begun}) AND ";

impl Metadata for Postgres {
    async fn put_with_metadata(&self, cx: &Context, put: MetadataPut) -> Result<()> {
        cx.check()?;
        let request = write(&self.statements.writes(cx).put_with_metadata, |deadline| {
            Bind::default()
                .with(put.key.as_bytes())
                .with(&put.value[..])
                .with(bits(put.revision))
                .with(layout(&put.key))
                .with(expiry_number(put.expiry))
                .with(deadline)
                .with(put.metadata.as_str())
                .done()
        });
        let rows = self.link.call(cx, request).await;
        let rows = rows.map_err(|failure| failure.into_error(Effect::Write))?;
        match rows.first() {
            Some(_) => Ok(()),
            None => Err(late()),
        }
    }

    async fn metadata(&self, cx: &Context, key: &Key) -> Result<Option<Bytes>> {
        cx.check()?;
        let request = read(&self.statements.metadata, |_| {
            Bind::default().with(key.as_bytes()).done()
        });
        let rows = self.link.call(cx, request).await;
        let rows = rows.map_err(|failure| failure.into_error(Effect::Read))?;
        match rows.first() {
            Some(row) => metadata_of(row),
            None => Ok(None),
        }
    }

    async fn find(&self, cx: &Context, find: Find) -> Result<Found> {
        cx.check()?;
        let (start, end) = namespace_bounds(&find.namespace)?;
        let (start, end) = (start.as_slice(), end.as_slice());
        let start = match find.cursor {
            None => start.to_vec(),
            Some(cursor) if (start..end).contains(&&cursor.as_bytes()[..]) => {
                successor(cursor.as_bytes())
            }
            Some(_) => return Err(foreign_cursor()),
        };
        let limit = find.limit.get().min(self.batch_size);
        let clause = Clause::of(&find.predicate, 4);
        let (value, metadata) = match find.projection {
            Projection::Entries => ("value", "metadata::text"),
            Projection::Keys => ("''::bytea", "''"),
        };
        let sql = FIND
            .replace("{value}", value)
            .replace("{metadata}", metadata);
        let sql = format!(
            "{}{} ORDER BY key LIMIT $3",
            self.names.fill(&sql),
            clause.sql
        );
        let sql = AssertSqlSafe(sql).into_sql_str();
        let request = search(&sql, |_| {
            let first = Bind::default()
                .with(&start[..])
                .with(end)
                .with(i64::try_from(limit).unwrap_or(i64::MAX));
            let parameters = clause.parameters.iter();
            parameters
                .fold(first, |bind, &parameter| bind.with(parameter))
                .done()
        });
        let rows = self.link.call(cx, request).await;
        let rows = rows.map_err(|failure| failure.into_error(Effect::Read))?;
        let items = rows.iter().map(item).collect::<Result<Vec<_>>>()?;
        let next = match items.last() {
            Some(last) if items.len() >= limit => {
                let last = Bytes::copy_from_slice(last.item.key.as_bytes());
                Some(Cursor::from_bytes(last))
            }
            _ => None,
        };
        Ok(Found { items, next })
    }
}

fn item(row: &PgRow) -> Result<MetadataItem> {
    Ok(MetadataItem {
        item: row::item(row)?,
        metadata: metadata_of(row)?.unwrap_or_default(),
    })
}

fn metadata_of(row: &PgRow) -> Result<Option<Bytes>> {
    let metadata: Option<&str> = row::column(row, "metadata")?;
    Ok(metadata.map(|metadata| Bytes::copy_from_slice(metadata.as_bytes())))
}

fn foreign_cursor() -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        "the cursor does not belong to this search; send it with the search that gave it",
    )
}
