//! What a person writes who keeps the same of an entry as the store.

pub(super) const TABLE: &str = "CREATE TABLE IF NOT EXISTS events (
        key bytea PRIMARY KEY, value bytea NOT NULL, revision bigint NOT NULL, expires timestamptz
    );
    CREATE INDEX IF NOT EXISTS events_expires ON events (expires) WHERE expires IS NOT NULL";

pub(super) const GET: &str =
    "SELECT value FROM events WHERE key = $1 AND (expires IS NULL OR expires > now())";

pub(super) const GET_MANY: &str =
    "SELECT key, value FROM events WHERE key = ANY($1) AND (expires IS NULL OR expires > now())";

pub(super) const PUT: &str = "INSERT INTO events (key, value, revision) VALUES ($1, $2, 1)
    ON CONFLICT (key) DO UPDATE
    SET value = excluded.value, revision = events.revision + 1, expires = excluded.expires";

pub(super) const PUT_MANY: &str = "INSERT INTO events (key, value, revision)
    SELECT key, value, 1 FROM unnest($1::bytea[], $2::bytea[]) AS new (key, value)
    ON CONFLICT (key) DO UPDATE
    SET value = excluded.value, revision = events.revision + 1, expires = excluded.expires";

pub(super) const REVISIONS: &str = "SELECT key, revision FROM events";

pub(super) const REPLACE: &str = "UPDATE events SET value = $3, revision = revision + 1
    WHERE key = $1 AND revision = $2 AND (expires IS NULL OR expires > now()) RETURNING revision";
