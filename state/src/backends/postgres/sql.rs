//! The statements, with the names of this store in them.

use ::sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use super::group::statements as group;
use super::metadata;
use super::names::Names;
use crate::backend::Context;

/// The statements of one store. Each is one round trip.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) get: SqlStr,
    pub(super) get_many: SqlStr,
    pub(super) forward: Pages,
    pub(super) reverse: Pages,
    pub(super) snapshot: SqlStr,
    pub(super) metadata: SqlStr,
    silent: Writes,
    announced: Writes,
    pub(super) elect: SqlStr,
    pub(super) sweep: SqlStr,
    pub(super) probe: SqlStr,
}

/// What changes entries.
#[derive(Debug)]
pub(super) struct Writes {
    pub(super) put: SqlStr,
    pub(super) put_with_metadata: SqlStr,
    pub(super) delete: SqlStr,
    pub(super) commit: SqlStr,
    pub(super) commit_one: SqlStr,
    pub(super) put_many: SqlStr,
    pub(super) delete_many: SqlStr,
    pub(super) group_put: SqlStr,
    pub(super) group_insert: SqlStr,
    pub(super) group_replace: SqlStr,
    pub(super) group_delete: SqlStr,
}

/// Pages of a range in one direction.
#[derive(Debug)]
pub(super) struct Pages {
    pub(super) entries: SqlStr,
    pub(super) keys: SqlStr,
}

const GET: &str = "SELECT revision, value, expires - {begun} AS ttl FROM {table} \
    WHERE key = $1 AND (expires IS NULL OR expires > {begun})";

const GET_MANY: &str = "SELECT key, revision, value, expires - {begun} AS ttl FROM {table} \
    WHERE key = ANY($1) AND (expires IS NULL OR expires > {begun})";

const PAGE: &str = "SELECT key, layout, revision, {value} AS value, expires - {begun} AS ttl FROM {table} \
    WHERE key >= $1 AND key < $2 AND (expires IS NULL OR expires > {begun}) ORDER BY key {order} LIMIT $3";

/// What has expired is judged by one moment for all pages.
const SNAPSHOT: &str = "SELECT key, layout, revision, value, expires - $4 AS ttl, metadata::text AS metadata FROM {table} \
    WHERE key >= $1 AND key < $2 AND (expires IS NULL OR expires > $4) ORDER BY key LIMIT $3";

/// The entry is locked before the clock is read, and the wait for it ends with the deadline.
const PUT: &str = "INSERT INTO {table} AS t (key, value, revision, layout, created, updated, expires) \
    SELECT $1, $2, $3, $4, clock_timestamp(), clock_timestamp(), \
        CASE WHEN $5 > 0 THEN {now} + least($5, 9223372036854775807 - {now}) END \
    FROM (SELECT set_config('lock_timeout', greatest(1, least($6 - {now}, 2147483647))::text, true)) AS set \
    WHERE {now} < $6 \
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision, layout = excluded.layout, \
        metadata = NULL, updated = excluded.updated, \
        created = CASE WHEN t.expires <= {now} THEN excluded.created ELSE t.created END, \
        expires = CASE WHEN $5 > 0 THEN {now} + least($5, 9223372036854775807 - {now}) \
            WHEN $5 = -1 AND t.expires > {now} THEN t.expires END \
    WHERE {now} < $6 \
    RETURNING 1";

const DELETE: &str = "WITH deleted AS ( \
        DELETE FROM {table} AS t \
        USING (SELECT set_config('lock_timeout', greatest(1, least($2 - {now}, 2147483647))::text, true) OFFSET 0) AS set \
        WHERE t.key = $1 AND {now} < $2 RETURNING t.expires IS NULL OR t.expires > {now} AS live \
    ) SELECT (SELECT live FROM deleted) AS live, {now} < $2 AS in_time";

const COMMIT: &str = "SELECT {commit}($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS answer";

const COMMIT_ONE: &str = "SELECT {commit_one}($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS answer";

/// The keys come in their order and are locked so, which keeps batches from waiting for each other in a circle.
const PUT_MANY: &str = "WITH put AS ( \
    INSERT INTO {table} AS t (key, value, revision, layout, created, updated, expires, metadata) \
    SELECT w.key, w.value, $3, w.layout, clock_timestamp(), clock_timestamp(), \
        CASE WHEN w.ttl > 0 THEN {now} + least(w.ttl, 9223372036854775807 - {now}) END, w.metadata::jsonb \
    FROM unnest($1::bytea[], $2::bytea[], $4::integer[], $5::bigint[], $8::text[]) AS w (key, value, layout, ttl, metadata), \
        (SELECT set_config('lock_timeout', greatest(1, least($7 - {now}, 2147483647))::text, true) OFFSET 0) AS set \
    WHERE {now} < $7 \
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision, layout = excluded.layout, \
        metadata = excluded.metadata, updated = excluded.updated, \
        created = CASE WHEN t.expires <= {now} THEN excluded.created ELSE t.created END, \
        expires = CASE WHEN NOT $6 THEN excluded.expires WHEN t.expires > {now} THEN t.expires END \
    RETURNING 1 \
    ) SELECT count(*) AS put FROM put";

const DELETE_MANY: &str = "WITH locked AS ( \
        SELECT t.key, (t.expires IS NULL OR t.expires > {now}) AND d.counted AS counted \
        FROM unnest($1::bytea[], $2::boolean[]) AS d (key, counted) \
        JOIN {table} AS t ON t.key = d.key, \
        (SELECT set_config('lock_timeout', greatest(1, least($3 - {now}, 2147483647))::text, true) OFFSET 0) AS set \
        WHERE {now} < $3 \
        FOR UPDATE OF t \
    ), deleted AS ( \
        DELETE FROM {table} AS t USING locked WHERE t.key = locked.key RETURNING locked.counted \
    ) SELECT count(*) FILTER (WHERE counted) AS deleted, {now} < $3 AS in_time FROM deleted";

/// Tells of a row that was changed.
const TELL: &str = "pg_notify({channel}, encode(t.key, 'hex'))";

/// A call of a function that commits, and tells of the keys where it applied.
const CALL_AND_TELL: &str = "SELECT done.answer, (SELECT count(pg_notify({channel}, encode(key, 'hex'))) \
    FROM {keys} WHERE done.answer[1] = 0) AS told FROM (SELECT {call} AS answer OFFSET 0) AS done";

const ELECT: &str = "UPDATE {about} SET sweep_due = clock_timestamp() + make_interval(secs => $1) \
    WHERE one IN (SELECT one FROM {about} WHERE sweep_due <= clock_timestamp() FOR UPDATE SKIP LOCKED) RETURNING 1";

const PROBE: &str = "SELECT NOT pg_is_in_recovery() AS writable FROM (SELECT 1) AS one LEFT JOIN {about} AS about ON false";

/// Leaves alone what somebody else has locked: another sweep, or a write that may renew it.
const SWEEP: &str = "WITH deleted AS (DELETE FROM {table} WHERE key = ANY(ARRAY( \
        SELECT key FROM {table} WHERE expires <= {begun} ORDER BY expires LIMIT $1 FOR UPDATE SKIP LOCKED \
    )) AND expires <= {begun} RETURNING 1) SELECT count(*) AS deleted FROM deleted";

impl Statements {
    pub(super) fn of(names: &Names) -> Self {
        let fill = |sql: &str| AssertSqlSafe(names.fill(sql)).into_sql_str();
        let pages = |order: &str| {
            let page = PAGE.replace("{order}", order);
            Pages {
                entries: fill(&page.replace("{value}", "value")),
                keys: fill(&page.replace("{value}", "''::bytea")),
            }
        };
        Self {
            get: fill(GET),
            get_many: fill(GET_MANY),
            forward: pages("ASC"),
            reverse: pages("DESC"),
            snapshot: fill(SNAPSHOT),
            metadata: fill(metadata::GET),
            silent: Writes::silent(&fill),
            announced: Writes::announced(&fill),
            elect: fill(ELECT),
            sweep: fill(SWEEP),
            probe: fill(PROBE),
        }
    }

    /// The statements of a request that changes entries.
    pub(super) const fn writes(&self, cx: &Context) -> &Writes {
        if cx.announce {
            &self.announced
        } else {
            &self.silent
        }
    }
}

impl Writes {
    fn silent(fill: &impl Fn(&str) -> SqlStr) -> Self {
        Self {
            put: fill(PUT),
            put_with_metadata: fill(metadata::PUT),
            delete: fill(DELETE),
            commit: fill(COMMIT),
            commit_one: fill(COMMIT_ONE),
            put_many: fill(PUT_MANY),
            delete_many: fill(DELETE_MANY),
            group_put: fill(&group::whole(group::PUT)),
            group_insert: fill(&group::whole(group::INSERT)),
            group_replace: fill(&group::whole(group::REPLACE)),
            group_delete: fill(&group::whole(group::DELETE)),
        }
    }

    fn announced(fill: &impl Fn(&str) -> SqlStr) -> Self {
        let put = |sql: &str| fill(&sql.replace("RETURNING 1", &format!("RETURNING {TELL}")));
        let call = |sql: &str, keys: &str| {
            let call = sql.trim_start_matches("SELECT ");
            let call = call.trim_end_matches(" AS answer");
            let sql = CALL_AND_TELL.replace("{call}", call);
            fill(&sql.replace("{keys}", keys))
        };
        let after =
            |sql: &str, column: &str| fill(&sql.replace(column, &format!("{column}, {TELL}")));
        Self {
            put: put(PUT),
            put_with_metadata: put(metadata::PUT),
            delete: after(DELETE, "AS live "),
            commit: call(COMMIT, "unnest($1::bytea[]) AS key"),
            commit_one: call(COMMIT_ONE, "(SELECT $1::bytea AS key) AS one"),
            put_many: put(PUT_MANY),
            delete_many: after(DELETE_MANY, "RETURNING locked.counted"),
            group_put: put(&group::whole(group::PUT)),
            group_insert: after(&group::whole(group::INSERT), "RETURNING t.key"),
            group_replace: after(&group::whole(group::REPLACE), "RETURNING t.key"),
            group_delete: after(&group::whole(group::DELETE), "AS live "),
        }
    }
}
