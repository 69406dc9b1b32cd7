-- Finds rows by what their metadata contains; rows without metadata cost it nothing.
CREATE INDEX {metadata_index} ON {table} USING gin (metadata jsonb_path_ops) WHERE metadata IS NOT NULL;

