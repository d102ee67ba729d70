-- The raw facts, one table for each measure, and what a stored number is.
-- The tables have no foreign keys: the write checks each series once, not each of millions of rows.

CREATE TABLE series (
    series_id    smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    location_id  smallint NOT NULL REFERENCES location,
    measure      text NOT NULL CHECK (measure IN ('da_lmp', 'rt_lmp', 'da_load', 'rt_load')),
    source       text NOT NULL,
    basis        text NOT NULL CHECK (basis IN ('actual', 'cleared', 'forecast', 'proxy')),
    UNIQUE (location_id, measure, source, basis)
);
COMMENT ON TABLE series IS 'What a stored number is; two sources or bases of one thing are two series';
COMMENT ON COLUMN series.series_id IS 'Key';
COMMENT ON COLUMN series.location_id IS 'Where';
COMMENT ON COLUMN series.measure IS 'da_lmp, rt_lmp ($/MWh), da_load or rt_load (MW)';
COMMENT ON COLUMN series.source IS 'Who gave it: demo, files, ...';
COMMENT ON COLUMN series.basis IS 'actual; of a day-ahead load cleared, forecast or proxy';

CREATE TABLE da_lmps (
    market_id       smallint NOT NULL,
    series_id       smallint NOT NULL,
    run_id          integer NOT NULL,
    interval_start  timestamptz NOT NULL,
    value           double precision NOT NULL
                    CHECK (value > '-Infinity' AND value < 'Infinity'),  -- NaN is greater than infinity
    PRIMARY KEY (market_id, series_id, interval_start)
) PARTITION BY LIST (market_id);
CREATE TABLE rt_lmps (LIKE da_lmps INCLUDING ALL) PARTITION BY LIST (market_id);
CREATE TABLE da_load (LIKE da_lmps INCLUDING ALL) PARTITION BY LIST (market_id);
CREATE TABLE rt_load (LIKE da_lmps INCLUDING ALL) PARTITION BY LIST (market_id);

COMMENT ON TABLE da_lmps IS 'Day-ahead prices, $/MWh, as given; da_lmps_<iso> is one ISO''s part';
COMMENT ON TABLE rt_lmps IS 'Real-time prices, $/MWh, as given; rt_lmps_<iso> is one ISO''s part';
COMMENT ON TABLE da_load IS 'Day-ahead loads, MW, as given; da_load_<iso> is one ISO''s part';
COMMENT ON TABLE rt_load IS 'Real-time loads, MW, as given; rt_load_<iso> is one ISO''s part';
DO $$
DECLARE fact text;
BEGIN
    FOREACH fact IN ARRAY ARRAY['da_lmps', 'rt_lmps', 'da_load', 'rt_load'] LOOP
        EXECUTE format($f$
            COMMENT ON COLUMN %1$I.market_id IS 'ISO';
            COMMENT ON COLUMN %1$I.series_id IS 'What the number is';
            COMMENT ON COLUMN %1$I.run_id IS 'The run that wrote the value';
            COMMENT ON COLUMN %1$I.interval_start IS 'Start of the hour, UTC';
            COMMENT ON COLUMN %1$I.value IS %2$L;
        $f$, fact, CASE WHEN fact LIKE '%lmps' THEN '$/MWh' ELSE 'MW, mean over the hour' END);
    END LOOP;
END $$;

CREATE TABLE value_revision (
    revision_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    measure         text NOT NULL,
    series_id       smallint NOT NULL REFERENCES series,
    interval_start  timestamptz NOT NULL,
    old_value       double precision NOT NULL,
    new_value       double precision NOT NULL,
    run_id          integer NOT NULL REFERENCES pipeline_run,
    revised_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON value_revision (series_id, interval_start);
COMMENT ON TABLE value_revision IS 'Every later change of a stored raw value';
COMMENT ON COLUMN value_revision.revision_id IS 'Key, in the order of the changes';
COMMENT ON COLUMN value_revision.measure IS 'da_lmp, rt_lmp, da_load or rt_load';
COMMENT ON COLUMN value_revision.series_id IS 'What the number is';
COMMENT ON COLUMN value_revision.interval_start IS 'Start of the hour, UTC';
COMMENT ON COLUMN value_revision.old_value IS 'Value before';
COMMENT ON COLUMN value_revision.new_value IS 'Value after';
COMMENT ON COLUMN value_revision.run_id IS 'The run that changed it';
COMMENT ON COLUMN value_revision.revised_at IS 'When';
