-- True before the deadline; past it, an error that undoes the statement.
CREATE OR REPLACE FUNCTION {in_time}(deadline bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF {now} >= deadline THEN
        RAISE EXCEPTION 'the deadline passed before the commit' USING ERRCODE = 'TS001';
    END IF;
    RETURN true;
END
$$;

