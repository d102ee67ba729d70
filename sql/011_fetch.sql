-- What a fetch learned besides values: hours that the source does not have, and what was wrong.

CREATE TABLE absent_hour (
    market_id       smallint NOT NULL REFERENCES market,
    series_id       smallint NOT NULL REFERENCES series,
    interval_start  timestamptz NOT NULL,
    first_asked     date NOT NULL,
    last_asked      date NOT NULL,
    n_asked         smallint NOT NULL CHECK (n_asked > 0),
    PRIMARY KEY (market_id, series_id, interval_start)
);
COMMENT ON TABLE absent_hour IS 'Hours that a source was asked for, answered and does not have; asked for again ever more rarely';
COMMENT ON COLUMN absent_hour.market_id IS 'ISO';
COMMENT ON COLUMN absent_hour.series_id IS 'Which series lacks the hour';
COMMENT ON COLUMN absent_hour.interval_start IS 'Start of the hour, UTC';
COMMENT ON COLUMN absent_hour.first_asked IS 'As-of day of the run that first asked in vain';
COMMENT ON COLUMN absent_hour.last_asked IS 'As-of day of the run that last did';
COMMENT ON COLUMN absent_hour.n_asked IS 'On how many days it was asked for';

CREATE TABLE pipeline_problem (
    run_id      integer NOT NULL REFERENCES pipeline_run,
    notebook    text NOT NULL,
    iso         text NOT NULL,
    number      integer NOT NULL,
    measure     text NOT NULL CHECK (measure IN ('da_lmp', 'rt_lmp', 'da_load', 'rt_load')),
    location    text,
    kind        text NOT NULL,
    n_hours     bigint NOT NULL CHECK (n_hours >= 0),
    first_hour  timestamptz,
    last_hour   timestamptz,
    message     text NOT NULL,
    PRIMARY KEY (run_id, notebook, iso, number),
    CHECK (first_hour <= last_hour)
);
COMMENT ON TABLE pipeline_problem IS 'What was missing or wrong when a task fetched: counted, reported, and no reason to stop';
COMMENT ON COLUMN pipeline_problem.run_id IS 'The run';
COMMENT ON COLUMN pipeline_problem.notebook IS 'Its notebook';
COMMENT ON COLUMN pipeline_problem.iso IS 'Whose series';
COMMENT ON COLUMN pipeline_problem.number IS 'Place in the task''s report, from 1';
COMMENT ON COLUMN pipeline_problem.measure IS 'da_lmp, rt_lmp, da_load or rt_load';
COMMENT ON COLUMN pipeline_problem.location IS 'Name of the location; NULL where it is not one place''s';
COMMENT ON COLUMN pipeline_problem.kind IS 'unreadable, missing_hours, duplicate, late, stale, ...';
COMMENT ON COLUMN pipeline_problem.n_hours IS 'Hours it concerns';
COMMENT ON COLUMN pipeline_problem.first_hour IS 'The first of them, UTC start; NULL where it has no time';
COMMENT ON COLUMN pipeline_problem.last_hour IS 'The last of them';
COMMENT ON COLUMN pipeline_problem.message IS 'What it is and what to do';

-- What a run has changed is asked for after each.
CREATE INDEX ON value_revision (run_id);

-- The default privileges of 009 hold for what the login makes that applied it; this may be another.
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('epd_owner', 'epd_writer', 'epd_reader')) < 3 THEN
        RETURN;
    END IF;
    GRANT SELECT, INSERT, UPDATE, DELETE
        ON ice_settlement, settlement_report, mail_log, absent_hour, pipeline_problem TO epd_writer;
    GRANT SELECT ON ice_settlement, settlement_report, mail_log, absent_hour, pipeline_problem TO epd_reader;
    GRANT ALL ON ice_settlement, settlement_report, mail_log, absent_hour, pipeline_problem TO epd_owner;
END $$;
