-- VLR that is priced with: an estimator of its own beside the three of the past; and the shape as a blend.

ALTER TABLE vlr ADD COLUMN IF NOT EXISTS priced double precision, ADD COLUMN IF NOT EXISTS priced_pct double precision;
COMMENT ON COLUMN vlr.priced IS 'VLR to price with, at past prices: the month drawn towards its block and the cell towards its hour, $/MWh; NULL in versions of before it was kept';
COMMENT ON COLUMN vlr.priced_pct IS 'priced / the load-weighted DA price of the cell, a fraction; NULL where is_near_zero, and in versions of before it was kept';
COMMENT ON COLUMN vlr.cost_weighted IS 'sum(unitized_cost * RT load) / sum(DA LMP * RT load), a fraction';
COMMENT ON COLUMN vlr.is_thin IS 'Whether the cell has fewer than 20 days, or days of a single year; in versions of before priced was kept, fewer than 20 days';

ALTER TABLE cost_curve
    ADD COLUMN vlr_priced double precision, ADD COLUMN additive_shape double precision, ADD COLUMN factor_share double precision;
COMMENT ON COLUMN cost_curve.da_rt_adjustment IS 'Typical DA LMP - RT LMP of the hub, which turns a forward that settles on real-time prices into a day-ahead price, $/MWh; a mean in versions of before vlr_priced was kept';
COMMENT ON COLUMN cost_curve.basis IS 'Typical DA LMP of the zone - DA LMP of the hub, $/MWh; a mean in versions of before vlr_priced was kept';
COMMENT ON COLUMN cost_curve.shape IS 'Factor of the cell before it is rescaled; the difference in $/MWh where is_additive_shape';
COMMENT ON COLUMN cost_curve.additive_shape IS 'Typical difference of the cell to its block, $/MWh; NULL in versions of before it was kept';
COMMENT ON COLUMN cost_curve.factor_share IS 'Share of the factor in the blend of factor and difference: 1 from half of the past price on, 0 up to a tenth; NULL in versions of before it was kept';
COMMENT ON COLUMN cost_curve.is_additive_shape IS 'Whether the shape is a difference only: factor_share is 0';
COMMENT ON COLUMN cost_curve.vlr_priced IS 'VLR to price with at the price of delivery, $/MWh: part of the cost to serve unless the version says vlr = cost_per_mwh; NULL in versions of before it was kept';
COMMENT ON COLUMN cost_curve.vlr_cost_per_mwh IS 'Mean VLR of the past, $/MWh: part of the cost to serve where the version says vlr = cost_per_mwh, and in versions of before vlr_priced was kept';
COMMENT ON COLUMN cost_curve.vlr_pct IS 'The VLR of the cost to serve as a fraction of hpfc; NULL under $1/MWh; the past cost-weighted VLR in versions of before vlr_priced was kept';
COMMENT ON COLUMN cost_curve.cost_to_serve IS 'hpfc + covariance + VLR, $/MWh';
COMMENT ON COLUMN cost_curve.cost_to_serve_by_pct IS 'To compare: hpfc * (1 + the priced VLR in percent of the past price) + covariance, $/MWh; NULL where the past price is near zero';
COMMENT ON COLUMN cost_curve.is_thin IS 'Whether its basis, DA-RT adjustment or VLR has fewer than 20 days of history, or days of a single year; NULL in versions of before it was kept';

-- As in 012 and 020: <iso>_vlr shows priced_pct, <iso>_cost_curve the new columns. The reference sync makes the views anew.
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
                           'mean_ratio, cost_weighted, cost_per_mwh, n_hours, n_excluded, priced, priced_pct');
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
               vlr_priced, additive_shape, factor_share
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
