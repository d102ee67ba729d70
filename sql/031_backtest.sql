-- What the backtest of a run said of each ISO: the scores that matter, and the verdict in words.

CREATE TABLE backtest (
    run_id         integer NOT NULL REFERENCES pipeline_run,
    market_id      smallint NOT NULL REFERENCES market,
    is_study       boolean NOT NULL,
    first_target   text,
    last_target    text,
    n_scored       integer NOT NULL,
    n_unscored     integer NOT NULL,
    skill          double precision,
    bias           double precision,
    coverage       double precision,
    width          double precision,
    verdict        text NOT NULL,
    other_verdict  text,
    PRIMARY KEY (run_id, market_id)
);
COMMENT ON TABLE backtest IS 'What the past would have said of each stored year (or month), compared with what came: scores of priced VLR and the verdict in words';
COMMENT ON COLUMN backtest.run_id IS 'The run that computed it';
COMMENT ON COLUMN backtest.market_id IS 'The ISO';
COMMENT ON COLUMN backtest.is_study IS 'Whether the curves of the run are a study';
COMMENT ON COLUMN backtest.first_target IS 'The first target of VLR that is scored, a year or a month (2023-07); NULL without one';
COMMENT ON COLUMN backtest.last_target IS 'The last target of VLR that is scored';
COMMENT ON COLUMN backtest.n_scored IS 'Zones, months and blocks of VLR that are scored';
COMMENT ON COLUMN backtest.n_unscored IS 'Those of the targets that cannot be scored';
COMMENT ON COLUMN backtest.skill IS 'The part of the error of no VLR that priced VLR saves, a fraction; NULL if nothing is scored';
COMMENT ON COLUMN backtest.bias IS 'Mean of priced VLR - what came, $/MWh';
COMMENT ON COLUMN backtest.coverage IS 'The share of months and blocks that the 90 % band held; NULL without a band';
COMMENT ON COLUMN backtest.width IS 'Mean width of the band, $/MWh';
COMMENT ON COLUMN backtest.verdict IS 'The verdict on VLR in words';
COMMENT ON COLUMN backtest.other_verdict IS 'The verdict on DA-RT adjustment, zone basis and shape in words; NULL where no line has a target';

-- The default privileges of 009 hold for what the login makes that applied it; this may be another.
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('epd_owner', 'epd_writer', 'epd_reader')) < 3 THEN
        RETURN;
    END IF;
    GRANT SELECT, INSERT, UPDATE, DELETE ON backtest TO epd_writer;
    GRANT SELECT ON backtest TO epd_reader;
    GRANT ALL ON backtest TO epd_owner;
END $$;
