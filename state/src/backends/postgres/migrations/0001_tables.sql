CREATE TABLE {table} (
    key bytea PRIMARY KEY,
    value bytea NOT NULL,
    revision bigint NOT NULL,
    layout integer NOT NULL,
    metadata jsonb,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL,
    expires bigint
) {partitioning};

-- What pays to be compressed comes compressed.
ALTER TABLE {table} ALTER COLUMN value SET STORAGE EXTERNAL;
{partitions}
CREATE INDEX {expires_index} ON {table} (expires) WHERE expires IS NOT NULL;

-- One row: the newest version of what stands here, the oldest version of a program that can work with it, and when the
-- next sweep is due.
CREATE TABLE {about} (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version integer NOT NULL,
    oldest integer NOT NULL,
    sweep_due timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO {about} (version, oldest) VALUES (0, 1);

