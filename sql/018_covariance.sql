-- The covariance of load and price: a line of the cost to serve, from the hours of VLR.

CREATE TABLE covariance (
    version_id          integer NOT NULL REFERENCES curve_version,
    location_id         smallint NOT NULL REFERENCES location,
    season              text NOT NULL,
    block_id            smallint NOT NULL REFERENCES block,
    covariance_per_mwh  double precision,
    covariance_pct      double precision,
    mean_price          double precision,
    is_near_zero        boolean NOT NULL,
    n_hours             integer NOT NULL,
    n_years             integer NOT NULL,
    PRIMARY KEY (version_id, location_id, season, block_id)
);
COMMENT ON TABLE covariance IS 'How much load and day-ahead price rise together within the cells of each year; part of the VLR curve, over the same hours';
COMMENT ON COLUMN covariance.version_id IS 'Version of the VLR curve';
COMMENT ON COLUMN covariance.location_id IS 'Load zone';
COMMENT ON COLUMN covariance.season IS 'Season: its months are in lib/reference/seasons.csv';
COMMENT ON COLUMN covariance.block_id IS 'Block';
COMMENT ON COLUMN covariance.covariance_per_mwh IS 'sum((load - its mean) * (price - its mean)) / sum(load), the means those of the month, hour ending and block of each year, $/MWh';
COMMENT ON COLUMN covariance.covariance_pct IS 'covariance_per_mwh / mean_price, a fraction; NULL where is_near_zero';
COMMENT ON COLUMN covariance.mean_price IS 'Mean DA LMP of the same hours, $/MWh';
COMMENT ON COLUMN covariance.is_near_zero IS 'Whether mean_price is negative or under $1/MWh, so that covariance_per_mwh stands';
COMMENT ON COLUMN covariance.n_hours IS 'Hours used';
COMMENT ON COLUMN covariance.n_years IS 'Years that have any of them';

ALTER TABLE cost_curve ADD COLUMN covariance double precision, ADD COLUMN is_additive_covariance boolean;
COMMENT ON COLUMN cost_curve.covariance IS 'Covariance of load and price: that of the season and block as a share of the past price, times block_price, $/MWh; NULL in versions of before it was kept, whose cost_to_serve is without it';
COMMENT ON COLUMN cost_curve.is_additive_covariance IS 'Whether the past price is negative or under $1/MWh, so that the covariance is the past one in $/MWh; NULL in versions of before it was kept';
COMMENT ON COLUMN cost_curve.cost_to_serve IS 'hpfc + covariance + vlr_cost_per_mwh, $/MWh';
COMMENT ON COLUMN cost_curve.cost_to_serve_by_pct IS 'To compare: hpfc * (1 + vlr_pct) + covariance, $/MWh; wrong where prices are negative';

-- As in 015, with the covariance: the views of all ISOs are made anew after this file, by the reference sync.
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
                            WHERE curve = 'cost_curve' AND market_id = %2$L)
    $view$, short || '_cost_curve', id);
    PERFORM comment_view(short || '_cost_curve', 'The latest cost curve of the ISO''s zones, flat');
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
    GRANT SELECT, INSERT, UPDATE, DELETE ON covariance TO epd_writer;
    GRANT SELECT ON covariance TO epd_reader;
    GRANT ALL ON covariance TO epd_owner;
END $$;
