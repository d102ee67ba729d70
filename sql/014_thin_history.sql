-- Whether a cell of a cost curve rests on few days of history. Versions made before this file do not know.

ALTER TABLE cost_curve ADD COLUMN is_thin boolean;
COMMENT ON COLUMN cost_curve.is_thin IS 'Whether its basis, DA-RT adjustment or VLR has fewer than 20 days of history; NULL in versions of before it was kept';

-- As in 012, with is_thin: the views of all ISOs are made anew after this file, by the reference sync.
CREATE OR REPLACE FUNCTION add_cost_curve_view(id smallint, short text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE part record;
BEGIN
    EXECUTE format($view$
        CREATE OR REPLACE VIEW %1$I AS
        SELECT control_area, state, load_zone, capacity_zone, utility, cost_group, cost_component, uom,
               delivery_month, he, day_type, hour_type, block_type, cost_to_serve AS data,
               curve.n_hours, curve.hub, quote, is_modelled, forward_price, da_rt_adjustment, basis, block_price,
               shape, is_additive_shape, hpfc, vlr_cost_per_mwh, vlr_pct, cost_to_serve, cost_to_serve_by_pct,
               reason, is_thin
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
