//! Each of them changes rows of many keys, for commits that are all of one kind.
//!
//! The keys come in their order and their rows are locked so, those of new keys among them; every other statement does the
//! same, which keeps groups from waiting for each other in a circle. `{begin}` bounds the wait for each row by the
//! deadline, and `{end}` undoes a statement that ends past it.

/// Puts without condition.
pub(in crate::backends::postgres) const PUT: &str = "WITH {begin}, put AS ( \
    INSERT INTO {table} AS t (key, value, revision, layout, created, updated, expires) \
    SELECT w.key, w.value, w.revision, w.layout, clock_timestamp(), clock_timestamp(), {expires} \
    FROM begun, unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::integer[], $5::bigint[]) \
        AS w (key, value, revision, layout, ttl) \
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision, layout = excluded.layout, \
        metadata = NULL, updated = excluded.updated, expires = excluded.expires, \
        created = CASE WHEN t.expires <= {now} THEN excluded.created ELSE t.created END \
    RETURNING 1 \
    ) SELECT count(*) AS put, {end} FROM put";

/// Puts where nothing is. An entry that has expired is none.
pub(in crate::backends::postgres) const INSERT: &str = "WITH {begin}, put AS ( \
    INSERT INTO {table} AS t (key, value, revision, layout, created, updated, expires) \
    SELECT w.key, w.value, w.revision, w.layout, clock_timestamp(), clock_timestamp(), {expires} \
    FROM begun, unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::integer[], $5::bigint[]) \
        AS w (key, value, revision, layout, ttl) \
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision, layout = excluded.layout, \
        metadata = NULL, updated = excluded.updated, expires = excluded.expires, created = excluded.created \
        WHERE t.expires <= {now} \
    RETURNING t.key \
    ) SELECT array_agg(key) AS keys, {end} FROM put";

/// Puts where an entry stands at a revision.
pub(in crate::backends::postgres) const REPLACE: &str = "WITH {begin}, put AS ( \
    UPDATE {table} AS t SET value = w.value, revision = w.revision, layout = w.layout, metadata = NULL, \
        updated = clock_timestamp(), expires = CASE WHEN w.ttl = -1 THEN t.expires ELSE {expires} END \
    FROM begun, unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::integer[], $5::bigint[], $7::bigint[]) \
        AS w (key, value, revision, layout, ttl, wanted) \
    WHERE t.key = w.key AND t.revision = w.wanted AND (t.expires IS NULL OR t.expires > {now}) \
    RETURNING t.key \
    ) SELECT array_agg(key) AS keys, {end} FROM put";

/// Deletes, of an entry at a revision or of whatever stands there.
pub(in crate::backends::postgres) const DELETE: &str = "WITH {begin}, gone AS ( \
    DELETE FROM {table} AS t \
    USING begun, unnest($1::bytea[], $2::bigint[]) AS w (key, wanted) \
    WHERE t.key = w.key AND (w.wanted IS NULL OR t.revision = w.wanted AND (t.expires IS NULL OR t.expires > {now})) \
    RETURNING t.key, t.expires IS NULL OR t.expires > {now} AS live \
    ) SELECT array_agg(key) FILTER (WHERE live) AS keys, {end} FROM gone";

const BEGIN: &str = "begun AS MATERIALIZED ( \
    SELECT set_config('lock_timeout', greatest(1, least($6 - {now}, 2147483647))::text, true) WHERE {in_time}($6))";

const END: &str = "{in_time}($6) AS in_time";

const EXPIRES: &str =
    "CASE WHEN w.ttl > 0 THEN {now} + least(w.ttl, 9223372036854775807 - {now}) END";

/// The statement with what they share.
pub(in crate::backends::postgres) fn whole(statement: &str) -> String {
    let parts = [("{begin}", BEGIN), ("{end}", END), ("{expires}", EXPIRES)];
    let sql = parts
        .into_iter()
        .fold(statement.to_owned(), |sql, (name, part)| {
            sql.replace(name, part)
        });
    // It has fewer lists before the deadline.
    if statement == DELETE {
        return sql.replace("$6", "$3");
    }
    sql
}
