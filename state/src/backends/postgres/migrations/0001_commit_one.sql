
-- The same for one key, and at most one condition on it: without the lists, in half the time.
--
-- condition: null for none, else as above. mutation, expiry and the answer: as above.
CREATE OR REPLACE FUNCTION {commit_one}(
    entry_key bytea, entry_layout integer, condition integer, wanted bigint,
    mutation integer, content bytea, delta bigint, expiry bigint,
    new_revision bigint, deadline bigint
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    now bigint;
    stored boolean;
    live boolean;
    current bigint;
    moment bigint;
    effect bigint;
    known bytea;
BEGIN
    PERFORM set_config('lock_timeout', greatest(1, least(deadline - {now}, 2147483647))::text, true);
    -- Most replacements meet what they expect, and are one look into the index; the rest finds out why one did not.
    IF condition = 2 AND mutation = 0 THEN
        UPDATE {table} AS t SET
            value = content,
            revision = new_revision,
            layout = entry_layout,
            metadata = NULL,
            updated = clock_timestamp(),
            expires = CASE WHEN expiry > 0 THEN {now} + least(expiry, 9223372036854775807 - {now})
                WHEN expiry = -1 THEN t.expires END
        WHERE t.key = entry_key AND t.revision = wanted AND (t.expires IS NULL OR t.expires > {now}) AND {now} < deadline;
        IF FOUND THEN
            RETURN ARRAY[0, 0];
        END IF;
    END IF;
    LOOP
        IF mutation = 3 THEN
            SELECT t.revision, t.expires, t.value INTO current, moment, known
                FROM {table} AS t WHERE t.key = entry_key FOR UPDATE;
        ELSE
            SELECT t.revision, t.expires INTO current, moment FROM {table} AS t WHERE t.key = entry_key FOR UPDATE;
        END IF;
        stored := FOUND;
        now := {now};
        IF now >= deadline THEN
            RAISE EXCEPTION 'the deadline passed before the commit' USING ERRCODE = 'TS001';
        END IF;
        live := stored AND (moment IS NULL OR moment > now);
        IF NOT live THEN
            current := NULL;
            moment := NULL;
        END IF;
        IF NOT (CASE condition WHEN 0 THEN NOT live WHEN 1 THEN live WHEN 2 THEN live AND current = wanted ELSE true END) THEN
            RETURN ARRAY[1, 0, current];
        END IF;

        effect := live::integer;
        IF mutation = 1 THEN
            IF stored THEN
                DELETE FROM {table} AS t WHERE t.key = entry_key;
            END IF;
            RETURN ARRAY[0, effect];
        END IF;
        -- What an addition finds keeps its expiry.
        IF expiry <> -1 AND NOT (mutation = 3 AND live) THEN
            moment := CASE WHEN expiry > 0 THEN now + least(expiry, 9223372036854775807 - now) END;
        END IF;
        IF mutation = 2 THEN
            IF live AND expiry <> -1 THEN
                UPDATE {table} AS t SET expires = moment WHERE t.key = entry_key;
            END IF;
            RETURN ARRAY[0, effect];
        END IF;
        IF mutation = 3 THEN
            effect := 0;
            IF live THEN
                IF octet_length(known) <> 10 OR substr(known, 1, 2) <> '\x1801' THEN
                    RAISE EXCEPTION '0' USING ERRCODE = 'TS002';
                END IF;
                effect := ('x' || encode(substr(known, 3), 'hex'))::bit(64)::bigint;
            END IF;
            IF delta > 0 AND effect > 9223372036854775807 - delta
                OR delta < 0 AND effect < -9223372036854775808 - delta
            THEN
                RAISE EXCEPTION '0' USING ERRCODE = 'TS003';
            END IF;
            effect := effect + delta;
            content := '\x1801'::bytea || int8send(effect);
        END IF;
        IF stored THEN
            UPDATE {table} AS t SET
                value = content,
                revision = new_revision,
                layout = entry_layout,
                metadata = CASE WHEN mutation = 3 AND live THEN t.metadata END,
                created = CASE WHEN live THEN t.created ELSE clock_timestamp() END,
                updated = clock_timestamp(),
                expires = moment
            WHERE t.key = entry_key;
            RETURN ARRAY[0, effect];
        END IF;
        INSERT INTO {table} (key, value, revision, layout, created, updated, expires)
            VALUES (entry_key, content, new_revision, entry_layout, clock_timestamp(), clock_timestamp(), moment)
            ON CONFLICT (key) DO NOTHING;
        IF FOUND THEN
            RETURN ARRAY[0, effect];
        END IF;
        -- Somebody was quicker, and what is not there cannot be locked.
    END LOOP;
END
$$;
