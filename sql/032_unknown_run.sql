-- A write of a run that does not exist is refused by the foreign key, which says so; it was said to be interrupted.

CREATE OR REPLACE FUNCTION check_run_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ended text;
BEGIN
    -- The row is locked until the write is committed: who marks the run as interrupted waits for that.
    SELECT outcome INTO ended FROM pipeline_run WHERE run_id = NEW.run_id FOR SHARE;
    IF ended = 'interrupted' THEN
        RAISE EXCEPTION 'run % was marked as interrupted and may not write any more', NEW.run_id
            USING HINT = 'another run has taken over; start the run again';
    END IF;
    RETURN NEW;
END $$;
