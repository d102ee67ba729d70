-- The lock of the run, which only a writer can hold; and a run that was marked as interrupted writes nothing more.

CREATE TABLE run_lock (
    only_row boolean PRIMARY KEY CHECK (only_row)
);
COMMENT ON TABLE run_lock IS 'Has no rows: a run locks the table as long as it goes on';
COMMENT ON COLUMN run_lock.only_row IS 'Always true';

CREATE FUNCTION check_run_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The row is locked until the write is committed: who marks the run as interrupted waits for that.
    PERFORM FROM pipeline_run WHERE run_id = NEW.run_id AND outcome IS DISTINCT FROM 'interrupted' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run % was marked as interrupted and may not write any more', NEW.run_id
            USING HINT = 'another run has taken over; start the run again';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION check_run_is_open() IS 'Refuses a write of a run that was marked as interrupted';

CREATE TRIGGER run_is_open BEFORE INSERT ON pipeline_write FOR EACH ROW EXECUTE FUNCTION check_run_is_open();

-- The default privileges of 009 hold for what the login makes that applied it; this may be another.
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('epd_owner', 'epd_writer', 'epd_reader')) < 3 THEN
        RETURN;
    END IF;
    GRANT SELECT, INSERT, UPDATE, DELETE ON run_lock TO epd_writer;
    GRANT SELECT ON run_lock TO epd_reader;
    GRANT ALL ON run_lock TO epd_owner;
END $$;
