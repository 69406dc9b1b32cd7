-- Locks the rows of all keys in their order, checks all conditions, then applies all mutations in theirs, or nothing.
--
-- keys: sorted, each once; the other arrays name them by their place. conditions: 0 absent, 1 present, 2 at the revision.
-- mutations: 0 put, 1 delete, 2 touch, 3 add. expiries: milliseconds from now, 0 for never, -1 to keep.
-- The answer: 0 and an effect a mutation, or 1 and, for each condition that failed, its place and the revision that
-- stands there, or null.
CREATE OR REPLACE FUNCTION {commit}(
    keys bytea[], layouts integer[],
    conditions integer[], condition_keys integer[], wanted bigint[],
    mutations integer[], mutation_keys integer[], contents bytea[], deltas bigint[], expiries bigint[],
    new_revision bigint, deadline bigint
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    count constant integer := cardinality(keys);
    now bigint;
    stored boolean[];
    made boolean[];
    live boolean[];
    born boolean[];
    -- Whose metadata stays: that of an entry which nothing but additions and touches have changed.
    marked boolean[];
    revisions bigint[];
    moments bigint[];
    numbers bigint[];
    sources integer[];
    changes integer[];
    holds boolean;
    applied bigint[];
    failed bigint[];
    entry record;
    content bytea;
    at integer;
BEGIN
    IF deadline IS NOT NULL THEN
        PERFORM set_config('lock_timeout', greatest(1, least(deadline - {now}, 2147483647))::text, true);
    END IF;
    <<again>>
    LOOP
        FOR at IN 1 .. count LOOP
            LOOP
                SELECT t.revision, t.expires INTO entry FROM {table} AS t WHERE t.key = keys[at] FOR UPDATE;
                live[at] := FOUND;
                made[at] := false;
                -- Several keys are all locked before one is looked at, those that are absent by a row that has expired.
                EXIT WHEN live[at] OR count = 1;
                INSERT INTO {table} (key, value, revision, layout, created, updated, expires)
                    VALUES (keys[at], '', 0, 0, '-infinity', '-infinity', 0) ON CONFLICT (key) DO NOTHING;
                made[at] := FOUND;
                EXIT WHEN made[at];
            END LOOP;
            stored[at] := live[at] OR made[at];
            revisions[at] := CASE WHEN live[at] THEN entry.revision END;
            moments[at] := CASE WHEN live[at] THEN entry.expires END;
        END LOOP;

        now := {now};
        IF now >= deadline THEN
            RAISE EXCEPTION 'the deadline passed before the commit' USING ERRCODE = 'TS001';
        END IF;
        FOR at IN 1 .. count LOOP
            live[at] := live[at] AND (moments[at] IS NULL OR moments[at] > now);
            born[at] := NOT live[at];
            marked[at] := live[at];
            changes[at] := 0;
            IF born[at] THEN
                revisions[at] := NULL;
                moments[at] := NULL;
            END IF;
        END LOOP;

        failed := '{}';
        FOR place IN 1 .. cardinality(conditions) LOOP
            at := condition_keys[place];
            holds := CASE conditions[place]
                WHEN 0 THEN NOT live[at]
                WHEN 1 THEN live[at]
                ELSE live[at] AND revisions[at] = wanted[place]
            END;
            IF NOT holds THEN
                failed := failed || ARRAY[place - 1, revisions[at]];
            END IF;
        END LOOP;
        applied := '{}';
        IF cardinality(failed) = 0 THEN
            FOR place IN 1 .. cardinality(mutations) LOOP
                at := mutation_keys[place];
                CASE mutations[place]
                WHEN 0 THEN
                    applied := applied || 0::bigint;
                    moments[at] := CASE expiries[place] WHEN 0 THEN NULL WHEN -1 THEN moments[at]
                        ELSE now + least(expiries[place], 9223372036854775807 - now) END;
                    live[at] := true;
                    marked[at] := false;
                    changes[at] := 2;
                    sources[at] := place;
                WHEN 1 THEN
                    applied := applied || live[at]::integer::bigint;
                    changes[at] := 3;
                    live[at] := false;
                    marked[at] := false;
                    moments[at] := NULL;
                    born[at] := true;
                WHEN 2 THEN
                    applied := applied || live[at]::integer::bigint;
                    IF live[at] AND expiries[place] <> -1 THEN
                        moments[at] := CASE expiries[place] WHEN 0 THEN NULL WHEN -1 THEN moments[at]
                        ELSE now + least(expiries[place], 9223372036854775807 - now) END;
                        changes[at] := greatest(changes[at], 1);
                    END IF;
                ELSE
                    IF NOT live[at] THEN
                        numbers[at] := 0;
                        moments[at] := CASE expiries[place] WHEN 0 THEN NULL WHEN -1 THEN moments[at]
                        ELSE now + least(expiries[place], 9223372036854775807 - now) END;
                    ELSIF changes[at] < 2 OR sources[at] IS NOT NULL THEN
                        IF changes[at] < 2 THEN
                            SELECT t.value INTO content FROM {table} AS t WHERE t.key = keys[at];
                        ELSE
                            content := contents[sources[at]];
                        END IF;
                        IF octet_length(content) <> 10 OR substr(content, 1, 2) <> '\x1801' THEN
                            RAISE EXCEPTION '%', place - 1 USING ERRCODE = 'TS002';
                        END IF;
                        numbers[at] := ('x' || encode(substr(content, 3), 'hex'))::bit(64)::bigint;
                    END IF;
                    IF deltas[place] > 0 AND numbers[at] > 9223372036854775807 - deltas[place]
                        OR deltas[place] < 0 AND numbers[at] < -9223372036854775808 - deltas[place]
                    THEN
                        RAISE EXCEPTION '%', place - 1 USING ERRCODE = 'TS003';
                    END IF;
                    numbers[at] := numbers[at] + deltas[place];
                    applied := applied || numbers[at];
                    live[at] := true;
                    changes[at] := 2;
                    sources[at] := NULL;
                END CASE;
            END LOOP;
        END IF;

        FOR at IN 1 .. count LOOP
            CASE
            WHEN changes[at] = 2 AND stored[at] THEN
                UPDATE {table} AS t SET
                    value = coalesce(contents[sources[at]], '\x1801'::bytea || int8send(numbers[at])),
                    revision = new_revision,
                    layout = layouts[at],
                    metadata = CASE WHEN marked[at] THEN t.metadata END,
                    created = CASE WHEN born[at] THEN clock_timestamp() ELSE t.created END,
                    updated = clock_timestamp(),
                    expires = moments[at]
                WHERE t.key = keys[at];
            WHEN changes[at] = 2 THEN
                INSERT INTO {table} (key, value, revision, layout, created, updated, expires) VALUES (
                    keys[at], coalesce(contents[sources[at]], '\x1801'::bytea || int8send(numbers[at])),
                    new_revision, layouts[at], clock_timestamp(), clock_timestamp(), moments[at]
                ) ON CONFLICT (key) DO NOTHING;
                -- Somebody was quicker, and the one key that this is about was not locked.
                CONTINUE again WHEN NOT FOUND;
            WHEN changes[at] = 1 THEN
                UPDATE {table} AS t SET expires = moments[at] WHERE t.key = keys[at];
            WHEN made[at] OR changes[at] = 3 THEN
                DELETE FROM {table} AS t WHERE t.key = keys[at];
            ELSE
            END CASE;
        END LOOP;
        EXIT again;
    END LOOP;
    now := {now};
    IF now >= deadline THEN
        RAISE EXCEPTION 'the deadline passed before the commit' USING ERRCODE = 'TS001';
    END IF;
    IF cardinality(failed) > 0 THEN
        RETURN 1::bigint || failed;
    END IF;
    RETURN 0::bigint || applied;
END
$$;
