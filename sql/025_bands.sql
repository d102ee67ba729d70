-- What is known of VLR and what is not: the interval of the past, the band of a coming month, bias and swing; and the risk line.

ALTER TABLE vlr
    ADD COLUMN interval_low double precision, ADD COLUMN interval_mid double precision, ADD COLUMN interval_high double precision,
    ADD COLUMN band_low double precision, ADD COLUMN band_high double precision,
    ADD COLUMN p75 double precision, ADD COLUMN p95 double precision, ADD COLUMN cvar95 double precision;
COMMENT ON COLUMN vlr.interval_low IS 'How well cost_per_mwh is known: its 5 % level over resamples of the days of the past, $/MWh; NULL under 40 days, and in versions of before it was kept';
COMMENT ON COLUMN vlr.interval_mid IS 'The 50 % level over resamples, $/MWh';
COMMENT ON COLUMN vlr.interval_high IS 'The 95 % level over resamples, $/MWh';
COMMENT ON COLUMN vlr.band_low IS 'Predictive band of a coming month at past prices, around priced: 5 % of months and blocks lie below, $/MWh; NULL with too few residuals, and in versions of before it was kept';
COMMENT ON COLUMN vlr.band_high IS 'The upper end of the predictive band: 5 % of months and blocks lie above, $/MWh';
COMMENT ON COLUMN vlr.p75 IS 'The level that 75 % of coming months and blocks stay below, $/MWh';
COMMENT ON COLUMN vlr.p95 IS 'The level that 95 % of coming months and blocks stay below: band_high, $/MWh';
COMMENT ON COLUMN vlr.cvar95 IS 'Mean of the worst 5 % of coming months and blocks, $/MWh';

ALTER TABLE cost_curve
    ADD COLUMN band_low double precision, ADD COLUMN band_high double precision,
    ADD COLUMN p75 double precision, ADD COLUMN p95 double precision, ADD COLUMN cvar95 double precision,
    ADD COLUMN risk double precision;
COMMENT ON COLUMN cost_curve.band_low IS 'Predictive band of VLR at the price of delivery, around vlr_priced: 5 % of months and blocks lie below, $/MWh; NULL with too few residuals, and in versions of before it was kept';
COMMENT ON COLUMN cost_curve.band_high IS 'The upper end of the predictive band of VLR, $/MWh';
COMMENT ON COLUMN cost_curve.p75 IS 'The VLR that 75 % of coming months and blocks stay below, $/MWh';
COMMENT ON COLUMN cost_curve.p95 IS 'The VLR that 95 % of coming months and blocks stay below: band_high, $/MWh';
COMMENT ON COLUMN cost_curve.cvar95 IS 'Mean VLR of the worst 5 % of coming months and blocks, $/MWh';
COMMENT ON COLUMN cost_curve.risk IS 'Risk line: risk_lambda of the version x (cvar95, or the level risk_q, - vlr_priced), $/MWh; 0 where no risk is priced; NULL in versions of before it was kept';
COMMENT ON COLUMN cost_curve.cost_to_serve IS 'hpfc + covariance + VLR + risk, $/MWh';
COMMENT ON COLUMN cost_curve.cost_to_serve_by_pct IS 'To compare: hpfc * (1 + the priced VLR in percent of the past price) + covariance + risk, $/MWh; NULL where the past price is near zero';

CREATE TABLE vlr_block (
    version_id              integer NOT NULL REFERENCES curve_version,
    location_id             smallint NOT NULL REFERENCES location,
    month                   smallint NOT NULL CHECK (month BETWEEN 1 AND 12),
    block_id                smallint NOT NULL REFERENCES block,
    cost_per_mwh            double precision,
    interval_low            double precision,
    interval_mid            double precision,
    interval_high           double precision,
    block_price             double precision,
    priced                  double precision,
    priced_low              double precision,
    priced_mid              double precision,
    priced_high             double precision,
    band_low                double precision,
    band_high               double precision,
    p75                     double precision,
    p95                     double precision,
    cvar95                  double precision,
    n_residuals             integer NOT NULL,
    n_tail                  integer NOT NULL,
    bias                    double precision,
    swing                   double precision,
    settled_difference      double precision,
    bias_usd                double precision,
    swing_usd               double precision,
    settled_difference_usd  double precision,
    unitized_cost_usd       double precision,
    da_value_usd            double precision,
    rt_load_mwh             double precision,
    n_hours                 integer NOT NULL,
    n_days                  integer NOT NULL,
    n_years                 integer NOT NULL,
    n_excluded              integer NOT NULL,
    PRIMARY KEY (version_id, location_id, month, block_id)
);
COMMENT ON TABLE vlr_block IS 'VLR of a month and block, with what is known of it and what is not; part of the VLR curve, over the same hours';
COMMENT ON COLUMN vlr_block.version_id IS 'Version of the VLR curve';
COMMENT ON COLUMN vlr_block.location_id IS 'Load zone';
COMMENT ON COLUMN vlr_block.month IS 'Calendar month, 1 to 12';
COMMENT ON COLUMN vlr_block.block_id IS 'Block';
COMMENT ON COLUMN vlr_block.cost_per_mwh IS 'unitized_cost_usd / rt_load_mwh, the mean of the past, $/MWh';
COMMENT ON COLUMN vlr_block.interval_low IS 'How well cost_per_mwh is known: its 5 % level over resamples of the days of the past, $/MWh; NULL under 40 days';
COMMENT ON COLUMN vlr_block.interval_mid IS 'The 50 % level over resamples, $/MWh';
COMMENT ON COLUMN vlr_block.interval_high IS 'The 95 % level over resamples, $/MWh';
COMMENT ON COLUMN vlr_block.block_price IS 'Load-weighted DA price of the month and block in the past, $/MWh';
COMMENT ON COLUMN vlr_block.priced IS 'VLR to price with, at block_price, $/MWh';
COMMENT ON COLUMN vlr_block.priced_low IS 'How well priced is known: its 5 % level over resamples, $/MWh; NULL under 40 days';
COMMENT ON COLUMN vlr_block.priced_mid IS 'The 50 % level of priced over resamples, $/MWh';
COMMENT ON COLUMN vlr_block.priced_high IS 'The 95 % level of priced over resamples, $/MWh';
COMMENT ON COLUMN vlr_block.band_low IS 'Predictive band of a coming month at block_price: 5 % of months and blocks lie below, $/MWh; NULL with fewer than 36 residuals';
COMMENT ON COLUMN vlr_block.band_high IS 'The upper end of the predictive band, $/MWh';
COMMENT ON COLUMN vlr_block.p75 IS 'The level that 75 % of coming months and blocks stay below, $/MWh';
COMMENT ON COLUMN vlr_block.p95 IS 'The level that 95 % of coming months and blocks stay below: band_high, $/MWh';
COMMENT ON COLUMN vlr_block.cvar95 IS 'Mean of the worst 5 % of coming months and blocks, $/MWh';
COMMENT ON COLUMN vlr_block.n_residuals IS 'Residuals of the ISO that were found; the band stands on them where they are at least 36';
COMMENT ON COLUMN vlr_block.n_tail IS 'Residuals of which cvar95 has the mean';
COMMENT ON COLUMN vlr_block.bias IS 'Part of cost_per_mwh from errors that keep their sign: mean(RT load - DA load) * mean(RT LMP - DA LMP) / mean(RT load), $/MWh';
COMMENT ON COLUMN vlr_block.swing IS 'Part of cost_per_mwh from errors that swing: cov(RT load - DA load, RT LMP - DA LMP) / mean(RT load), $/MWh';
COMMENT ON COLUMN vlr_block.settled_difference IS 'Part of cost_per_mwh from a settled price other than RT LMP, $/MWh';
COMMENT ON COLUMN vlr_block.bias_usd IS 'Bias in dollars, which levels above add up, $';
COMMENT ON COLUMN vlr_block.swing_usd IS 'Swing in dollars, $';
COMMENT ON COLUMN vlr_block.settled_difference_usd IS 'Settled difference in dollars, $';
COMMENT ON COLUMN vlr_block.unitized_cost_usd IS 'sum(unitized_cost * RT load), $';
COMMENT ON COLUMN vlr_block.da_value_usd IS 'sum(DA LMP * RT load), $';
COMMENT ON COLUMN vlr_block.rt_load_mwh IS 'sum(RT load), MWh';
COMMENT ON COLUMN vlr_block.n_hours IS 'Hours used';
COMMENT ON COLUMN vlr_block.n_days IS 'Days that have any of them';
COMMENT ON COLUMN vlr_block.n_years IS 'Years that have any of them';
COMMENT ON COLUMN vlr_block.n_excluded IS 'Hours of the window left out; vlr_block_exclusion has their reasons';

CREATE TABLE vlr_block_exclusion (
    version_id   integer NOT NULL REFERENCES curve_version,
    location_id  smallint NOT NULL REFERENCES location,
    month        smallint NOT NULL CHECK (month BETWEEN 1 AND 12),
    block_id     smallint NOT NULL REFERENCES block,
    reason       text NOT NULL,
    n_hours      integer NOT NULL,
    PRIMARY KEY (version_id, location_id, month, block_id, reason)
);
COMMENT ON TABLE vlr_block_exclusion IS 'Hours of a month and block that VLR leaves out, by the first reason that applies';
COMMENT ON COLUMN vlr_block_exclusion.version_id IS 'Version of the VLR curve';
COMMENT ON COLUMN vlr_block_exclusion.location_id IS 'Load zone';
COMMENT ON COLUMN vlr_block_exclusion.month IS 'Calendar month, 1 to 12';
COMMENT ON COLUMN vlr_block_exclusion.block_id IS 'Block';
COMMENT ON COLUMN vlr_block_exclusion.reason IS 'Why';
COMMENT ON COLUMN vlr_block_exclusion.n_hours IS 'Hours of the window';

CREATE TABLE vlr_residual (
    version_id         integer NOT NULL REFERENCES curve_version,
    location_id        smallint NOT NULL REFERENCES location,
    month              smallint NOT NULL CHECK (month BETWEEN 1 AND 12),
    block_id           smallint NOT NULL REFERENCES block,
    year               smallint NOT NULL,
    actual             double precision,
    predicted          double precision,
    block_price        double precision,
    residual           double precision,
    is_month_left_out  boolean NOT NULL,
    rt_load_mwh        double precision,
    PRIMARY KEY (version_id, location_id, month, block_id, year)
);
COMMENT ON TABLE vlr_residual IS 'How far priced VLR was from each year that it did not know: what the predictive band is made of';
COMMENT ON COLUMN vlr_residual.version_id IS 'Version of the VLR curve';
COMMENT ON COLUMN vlr_residual.location_id IS 'Load zone';
COMMENT ON COLUMN vlr_residual.month IS 'Calendar month, 1 to 12';
COMMENT ON COLUMN vlr_residual.block_id IS 'Block';
COMMENT ON COLUMN vlr_residual.year IS 'The year that was left out';
COMMENT ON COLUMN vlr_residual.actual IS 'cost_per_mwh of the month and block in that year, $/MWh';
COMMENT ON COLUMN vlr_residual.predicted IS 'Priced VLR of the other years at block_price, $/MWh';
COMMENT ON COLUMN vlr_residual.block_price IS 'Load-weighted DA price of the month and block in that year, $/MWh';
COMMENT ON COLUMN vlr_residual.residual IS '(actual - predicted) / sqrt(block_price, at least 1)';
COMMENT ON COLUMN vlr_residual.is_month_left_out IS 'Whether the month has no other year, so that it alone was left out';
COMMENT ON COLUMN vlr_residual.rt_load_mwh IS 'sum(RT load) of the month and block in that year, MWh';

-- As in 021, with the new columns: the reference sync makes the views anew.
CREATE OR REPLACE FUNCTION add_market(iso_name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    id     smallint := (SELECT market_id FROM market WHERE iso = iso_name);
    short  text := lower(iso_name);
    part   record;
BEGIN
    IF id IS NULL THEN
        RAISE EXCEPTION 'add_market: the table market has no ISO %', iso_name;
    END IF;
    FOR part IN VALUES ('da_lmps', ''), ('rt_lmps', ''), ('da_load', ''), ('rt_load', ''), ('hourly_vlr', '_data')
    LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES IN (%L)',
                       part.column1 || part.column2 || '_' || short, part.column1, id);
        PERFORM comment_partition(part.column1 || part.column2 || '_' || short, part.column1, iso_name);
    END LOOP;
    PERFORM add_hierarchy_view(id, short);
    FOR part IN
        SELECT relation_name, string_agg(format('(%L, vlr.%I)', column_name, column_name), ', '
                                         ORDER BY component_id) AS pairs
        FROM cost_component
        WHERE column_name IN (SELECT attname FROM pg_attribute
                              WHERE attrelid = 'hourly_vlr'::regclass AND attnum > 0)
        GROUP BY relation_name
    LOOP
        PERFORM add_flat_view(id, short, part.relation_name, part.pairs);
    END LOOP;
    PERFORM add_curve_view(id, short, 'vlr', 'priced_pct',
                           'mean_ratio, cost_weighted, cost_per_mwh, n_hours, n_excluded, priced, priced_pct, '
                           'interval_low, interval_mid, interval_high, band_low, band_high, p75, p95, cvar95');
    PERFORM add_curve_view(id, short, 'shaping', 'year_mean', 'pooled, year_mean, n_hours');
    PERFORM add_cost_curve_view(id, short);
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
               reason, is_thin, is_additive_split, covariance, is_additive_covariance,
               vlr_priced, additive_shape, factor_share,
               band_low, band_high, p75, p95, cvar95, risk
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
    GRANT SELECT, INSERT, UPDATE, DELETE ON vlr_block, vlr_block_exclusion, vlr_residual TO epd_writer;
    GRANT SELECT ON vlr_block, vlr_block_exclusion, vlr_residual TO epd_reader;
    GRANT ALL ON vlr_block, vlr_block_exclusion, vlr_residual TO epd_owner;
END $$;
