-- Cost curves: forward block prices, shape and VLR put together for the months of delivery to come.

ALTER TABLE curve_version DROP CONSTRAINT curve_version_curve_check;
ALTER TABLE curve_version ADD CONSTRAINT curve_version_curve_check
    CHECK (curve IN ('vlr', 'shaping', 'cost_curve'));
COMMENT ON COLUMN curve_version.curve IS 'vlr, shaping or cost_curve';

CREATE TABLE hub_map (
    location_id        smallint PRIMARY KEY REFERENCES location,
    hub                text NOT NULL,
    hub_location_id    smallint NOT NULL REFERENCES location,
    settlement_market  text NOT NULL CHECK (settlement_market IN ('da', 'rt'))
);
COMMENT ON TABLE hub_map IS 'Which hub''s forwards price which zone; the rows come from lib/reference, by the reference sync';
COMMENT ON COLUMN hub_map.location_id IS 'The zone';
COMMENT ON COLUMN hub_map.hub IS 'Name of the hub among the desk''s forward curves';
COMMENT ON COLUMN hub_map.hub_location_id IS 'The location that has the hub''s own prices';
COMMENT ON COLUMN hub_map.settlement_market IS 'What the forwards settle on: da or rt';

-- 40 distinct prices a month: the hours of a month come from the calendar.
CREATE TABLE cost_curve (
    version_id            integer NOT NULL REFERENCES curve_version,
    location_id           smallint NOT NULL REFERENCES location,
    delivery_month        date NOT NULL CHECK (extract(day FROM delivery_month) = 1),
    he                    smallint NOT NULL CHECK (he BETWEEN 1 AND 24),
    block_id              smallint NOT NULL REFERENCES block,
    n_hours               smallint NOT NULL CHECK (n_hours > 0),
    hub                   text,
    quote                 text,
    is_modelled           boolean NOT NULL,
    forward_price         double precision,
    da_rt_adjustment      double precision,
    basis                 double precision,
    block_price           double precision,
    shape                 double precision,
    is_additive_shape     boolean NOT NULL,
    hpfc                  double precision,
    vlr_cost_per_mwh      double precision,
    vlr_pct               double precision,
    cost_to_serve         double precision,
    cost_to_serve_by_pct  double precision,
    reason                text,
    PRIMARY KEY (version_id, location_id, delivery_month, he, block_id),
    CHECK ((cost_to_serve IS NULL) = (reason IS NOT NULL))
);
COMMENT ON TABLE cost_curve IS 'Cost curves: a cell for each zone, month of delivery, hour ending and block, with all parts of its price';
COMMENT ON COLUMN cost_curve.version_id IS 'Version of the curve';
COMMENT ON COLUMN cost_curve.location_id IS 'Load zone';
COMMENT ON COLUMN cost_curve.delivery_month IS 'Month of delivery, its first day';
COMMENT ON COLUMN cost_curve.he IS 'Hour ending 1..24, local';
COMMENT ON COLUMN cost_curve.block_id IS 'Block';
COMMENT ON COLUMN cost_curve.n_hours IS 'Number of hours of the month of delivery that the cell stands for';
COMMENT ON COLUMN cost_curve.hub IS 'Name of the hub whose forwards price the zone';
COMMENT ON COLUMN cost_curve.quote IS 'The quoted product that the forward price comes from: a block or off-peak';
COMMENT ON COLUMN cost_curve.is_modelled IS 'Whether the block is not among the hours of that product, and its price follows by the historic ratio';
COMMENT ON COLUMN cost_curve.forward_price IS 'Forward price of the block at the hub, in the market it settles on, $/MWh';
COMMENT ON COLUMN cost_curve.da_rt_adjustment IS 'Historic DA LMP - RT LMP at the hub, $/MWh; 0 where the forward settles on day-ahead prices';
COMMENT ON COLUMN cost_curve.basis IS 'Historic DA LMP of the zone - DA LMP of the hub, $/MWh';
COMMENT ON COLUMN cost_curve.block_price IS 'forward_price + da_rt_adjustment + basis, $/MWh';
COMMENT ON COLUMN cost_curve.shape IS 'Shape of the cell before it is rescaled: a factor, or $/MWh where is_additive_shape';
COMMENT ON COLUMN cost_curve.is_additive_shape IS 'Whether the shape is added to the block''s price and not multiplied with it';
COMMENT ON COLUMN cost_curve.hpfc IS 'Hourly price: the block''s price shaped, so that the hours of the month average it, $/MWh';
COMMENT ON COLUMN cost_curve.vlr_cost_per_mwh IS 'VLR of the cell, $/MWh';
COMMENT ON COLUMN cost_curve.vlr_pct IS 'VLR of the cell (cost-weighted), a fraction; NULL where prices are near zero';
COMMENT ON COLUMN cost_curve.cost_to_serve IS 'hpfc + vlr_cost_per_mwh, $/MWh';
COMMENT ON COLUMN cost_curve.cost_to_serve_by_pct IS 'To compare: hpfc * (1 + vlr_pct), $/MWh; wrong where prices are negative';
COMMENT ON COLUMN cost_curve.reason IS 'Without a cost to serve, why; NULL otherwise';

CREATE FUNCTION add_cost_curve_view(id smallint, short text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE part record;
BEGIN
    EXECUTE format($view$
        CREATE OR REPLACE VIEW %1$I AS
        SELECT control_area, state, load_zone, capacity_zone, utility, cost_group, cost_component, uom,
               delivery_month, he, day_type, hour_type, block_type, cost_to_serve AS data,
               curve.n_hours, curve.hub, quote, is_modelled, forward_price, da_rt_adjustment, basis, block_price,
               shape, is_additive_shape, hpfc, vlr_cost_per_mwh, vlr_pct, cost_to_serve, cost_to_serve_by_pct,
               reason
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
COMMENT ON FUNCTION add_cost_curve_view IS 'Part of add_market: <iso>_cost_curve';

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
    PERFORM add_curve_view(id, short, 'vlr', 'cost_weighted',
                           'mean_ratio, cost_weighted, cost_per_mwh, n_hours, n_excluded');
    PERFORM add_curve_view(id, short, 'shaping', 'year_mean', 'pooled, year_mean, n_hours');
    PERFORM add_cost_curve_view(id, short);
END $$;

-- The default privileges of 009 hold for what the login makes that applied it; this may be another.
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('epd_owner', 'epd_writer', 'epd_reader')) < 3 THEN
        RETURN;
    END IF;
    GRANT SELECT, INSERT, UPDATE, DELETE ON hub_map, cost_curve TO epd_writer;
    GRANT SELECT ON hub_map, cost_curve TO epd_reader;
    GRANT ALL ON hub_map, cost_curve TO epd_owner;
END $$;
