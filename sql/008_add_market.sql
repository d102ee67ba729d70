-- An ISO is data: add_market makes what bears its name, partitions and views, and can be called again.

CREATE FUNCTION add_market(iso_name text) RETURNS void LANGUAGE plpgsql AS $$
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
END $$;
COMMENT ON FUNCTION add_market IS 'Make the partitions and views of an ISO that stands in market; can be called again';

CREATE FUNCTION comment_partition(partition_name text, parent text, iso_name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE explained record;
BEGIN
    EXECUTE format('COMMENT ON TABLE %I IS %L', partition_name,
                   format('%s: %s', iso_name, obj_description(parent::regclass, 'pg_class')));
    FOR explained IN
        SELECT attname, col_description(attrelid, attnum) AS words FROM pg_attribute
        WHERE attrelid = parent::regclass AND attnum > 0 AND NOT attisdropped
    LOOP
        EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', partition_name, explained.attname, explained.words);
    END LOOP;
END $$;
COMMENT ON FUNCTION comment_partition IS 'Part of add_market: an ISO''s part of a table is explained as the whole is';

CREATE FUNCTION add_hierarchy_view(id smallint, short text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($view$
        CREATE OR REPLACE VIEW %I AS
        SELECT hierarchy_id, control_area, state, load_zone, capacity_zone, utility, cost_group, cost_component, uom
        FROM vlr_hierarchy JOIN location USING (location_id) JOIN cost_component USING (component_id)
        WHERE market_id = %L
    $view$, short || '_hierarchy', id);
    PERFORM comment_view(short || '_hierarchy', 'The seven levels, and the unit, of each hierarchy_id of the ISO');
END $$;
COMMENT ON FUNCTION add_hierarchy_view IS 'Part of add_market: <iso>_hierarchy';

-- A relation with two components (a price variance in $/MWh and in %) has a row for each, told apart by hierarchy_id.
CREATE FUNCTION add_flat_view(id smallint, short text, relation text, pairs text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($view$
        CREATE OR REPLACE VIEW %I AS
        SELECT hierarchy_id, hours.market_date AS date, hours.year, hours.month, hours.day, hours.day_type, hours.he,
               hours.hour_type, block.block_type, shown.data, vlr.interval_start, hours.is_repeated_hour
        FROM hourly_vlr vlr
        CROSS JOIN LATERAL (VALUES %s) AS shown (column_name, data)
        JOIN market_hour hours ON hours.market_id = vlr.market_id AND hours.interval_start = vlr.interval_start
        JOIN block USING (block_id)
        JOIN cost_component component
          ON component.relation_name = %L AND component.column_name = shown.column_name
        JOIN vlr_hierarchy hierarchy
          ON hierarchy.location_id = vlr.location_id AND hierarchy.component_id = component.component_id
        WHERE vlr.market_id = %L
    $view$, relation || '_' || short, pairs, relation, id);
    PERFORM comment_view(relation || '_' || short, format('%s of the ISO, flat: a row by hierarchy_id and hour', relation));
END $$;
COMMENT ON FUNCTION add_flat_view IS 'Part of add_market: price_variance_<iso> and its like';

CREATE FUNCTION add_curve_view(id smallint, short text, curve text, headline text, others text)
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
        WHERE version_id = (SELECT max(version_id) FROM curve_version WHERE curve = %4$L AND market_id = %5$L)
    $view$, short || '_' || curve, headline, others, curve, id);
    PERFORM comment_view(short || '_' || curve, format('The latest %s curve of the ISO''s zones, flat', curve));
END $$;
COMMENT ON FUNCTION add_curve_view IS 'Part of add_market: <iso>_vlr and <iso>_shaping';
