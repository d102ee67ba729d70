-- A study is no desk curve: a version is official or a study, and views show the latest official one.

-- Of the versions made before this file, the official ones are those of twelve months or more, made by a run without
-- parameters of its own (-p). All others are studies; --withdraw makes a study of an official one.
ALTER TABLE curve_version ADD COLUMN status text;
UPDATE curve_version SET status = CASE
    WHEN curve_version.window_start + interval '1 year' <= curve_version.window_end + 1 AND pipeline_run.parameters = '{}' THEN 'official'
    ELSE 'study' END
FROM pipeline_run WHERE pipeline_run.run_id = curve_version.run_id;
ALTER TABLE curve_version ALTER COLUMN status SET NOT NULL, ALTER COLUMN status SET DEFAULT 'study',
    ADD CONSTRAINT curve_version_status_check CHECK (status IN ('official', 'study'));
ALTER TABLE curve_version ADD COLUMN study_reason text CHECK (study_reason IS NULL OR status = 'study');
CREATE INDEX ON curve_version (curve, market_id, status, version_id);
CREATE INDEX ON curve_version (fingerprint);
COMMENT ON COLUMN curve_version.version_id IS 'Key; the highest of a curve, ISO and status is the latest';
COMMENT ON COLUMN curve_version.status IS 'official: what the desk prices with, and views show; study: an exploration, or withdrawn';
COMMENT ON COLUMN curve_version.study_reason IS 'Why the run made a study; NULL for an official version, a withdrawn one, and one of before it was kept';

CREATE TABLE curve_withdrawal (
    version_id    integer PRIMARY KEY REFERENCES curve_version,
    reason        text NOT NULL CHECK (reason <> ''),
    user_name     text NOT NULL,
    host          text NOT NULL,
    withdrawn_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE curve_withdrawal IS 'Versions that were official and are withdrawn: by whom, when and why';
COMMENT ON COLUMN curve_withdrawal.version_id IS 'The version, a study from then on; its cells stay';
COMMENT ON COLUMN curve_withdrawal.reason IS 'Why';
COMMENT ON COLUMN curve_withdrawal.user_name IS 'Who withdrew it';
COMMENT ON COLUMN curve_withdrawal.host IS 'On which machine';
COMMENT ON COLUMN curve_withdrawal.withdrawn_at IS 'When';

CREATE TABLE pipeline_curve (
    run_id      integer NOT NULL REFERENCES pipeline_run,
    version_id  integer NOT NULL REFERENCES curve_version,
    PRIMARY KEY (run_id, version_id)
);
COMMENT ON TABLE pipeline_curve IS 'The versions that a run made, or found unchanged';
COMMENT ON COLUMN pipeline_curve.run_id IS 'The run';
COMMENT ON COLUMN pipeline_curve.version_id IS 'The version that answers its question';
INSERT INTO pipeline_curve SELECT run_id, version_id FROM curve_version;

ALTER TABLE pipeline_run ADD COLUMN user_name text, ADD COLUMN is_official boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN pipeline_run.user_name IS 'Who started it; NULL for runs of before it was kept';
COMMENT ON COLUMN pipeline_run.is_official IS 'Whether that person made its curves official by --official';

-- As in 008 and 018, but of the official versions: the reference sync makes the views of all ISOs anew.
CREATE OR REPLACE FUNCTION add_curve_view(id smallint, short text, curve text, headline text, others text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($view$
        CREATE OR REPLACE VIEW %1$I AS
        SELECT control_area, state, load_zone, capacity_zone, utility, cost_group, cost_component, uom,
               month, he, day_type, hour_type, block_type, %2$I AS data, %3$s
        FROM %4$I
        JOIN location USING (location_id)
        JOIN vlr_hierarchy USING (location_id)
        JOIN cost_component ON cost_component.component_id = vlr_hierarchy.component_id
                           AND cost_component.relation_name = %4$L
        JOIN block USING (block_id)
        WHERE version_id = (SELECT max(version_id) FROM curve_version
                            WHERE curve = %4$L AND market_id = %5$L AND status = 'official')
    $view$, short || '_' || curve, headline, others, curve, id);
    PERFORM comment_view(short || '_' || curve, format('The latest official %s curve of the ISO''s zones, flat', curve));
END $$;

CREATE OR REPLACE FUNCTION add_cost_curve_view(id smallint, short text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE part record;
BEGIN
    EXECUTE format($view$
        CREATE OR REPLACE VIEW %1$I AS
        SELECT control_area, state, load_zone, capacity_zone, utility, cost_group, cost_component, uom,
               delivery_month, he, day_type, hour_type, block_type, cost_to_serve AS data,
               curve.n_hours, curve.hub, quote, is_modelled, forward_price, da_rt_adjustment, basis, block_price,
               shape, is_additive_shape, hpfc, vlr_cost_per_mwh, vlr_pct, cost_to_serve, cost_to_serve_by_pct,
               reason, is_thin, is_additive_split, covariance, is_additive_covariance
        FROM cost_curve curve
        JOIN location USING (location_id)
        JOIN vlr_hierarchy USING (location_id)
        JOIN cost_component ON cost_component.component_id = vlr_hierarchy.component_id
                           AND cost_component.relation_name = 'cost_curve'
        JOIN block USING (block_id)
        WHERE version_id = (SELECT max(version_id) FROM curve_version
                            WHERE curve = 'cost_curve' AND market_id = %2$L AND status = 'official')
    $view$, short || '_cost_curve', id);
    PERFORM comment_view(short || '_cost_curve', 'The latest official cost curve of the ISO''s zones, flat');
    -- Its hub and basis are not those of other tables.
    FOR part IN
        SELECT shown.attname, col_description(own.attrelid, own.attnum) AS words
        FROM pg_attribute shown
        JOIN pg_attribute own ON own.attname = shown.attname AND own.attrelid = 'cost_curve'::regclass
        WHERE shown.attrelid = format('%I', short || '_cost_curve')::regclass AND shown.attnum > 0
    LOOP
        EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', short || '_cost_curve', part.attname, part.words);
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'epd_reader') THEN
        EXECUTE format('GRANT SELECT ON %I TO epd_reader', short || '_cost_curve');
    END IF;
END $$;

-- The default privileges of 009 hold for what the login makes that applied it; this may be another.
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('epd_owner', 'epd_writer', 'epd_reader')) < 3 THEN
        RETURN;
    END IF;
    GRANT SELECT, INSERT, UPDATE, DELETE ON curve_withdrawal, pipeline_curve TO epd_writer;
    GRANT SELECT ON curve_withdrawal, pipeline_curve TO epd_reader;
    GRANT ALL ON curve_withdrawal, pipeline_curve TO epd_owner;
END $$;
