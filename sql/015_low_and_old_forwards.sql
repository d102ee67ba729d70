-- Forwards near or below zero, which are split by a distance, and forwards that are old, which a run warns of.

ALTER TABLE cost_curve ADD COLUMN is_additive_split boolean;
COMMENT ON COLUMN cost_curve.is_additive_split IS 'Whether the quote is under $1/MWh, so that the block''s forward follows from it by the historic difference in $/MWh and not by the ratio; NULL in versions of before it was kept';

ALTER TABLE pipeline_problem DROP CONSTRAINT pipeline_problem_measure_check;
ALTER TABLE pipeline_problem ADD CONSTRAINT pipeline_problem_measure_check
    CHECK (measure IN ('da_lmp', 'rt_lmp', 'da_load', 'rt_load', 'forward'));
COMMENT ON TABLE pipeline_problem IS 'What a task found missing, wrong or old: counted, reported, and no reason to stop';
COMMENT ON COLUMN pipeline_problem.measure IS 'da_lmp, rt_lmp, da_load, rt_load or forward';

-- As in 014, with is_additive_split: the views of all ISOs are made anew after this file, by the reference sync.
CREATE OR REPLACE FUNCTION add_cost_curve_view(id smallint, short text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE part record;
BEGIN
    EXECUTE format($view$
        CREATE OR REPLACE VIEW %1$I AS
        SELECT control_area, state, load_zone, capacity_zone, utility, cost_group, cost_component, uom,
               delivery_month, he, day_type, hour_type, block_type, cost_to_serve AS data,
               curve.n_hours, curve.hub, quote, is_modelled, forward_price, da_rt_adjustment, basis, block_price,
               shape, is_additive_shape, hpfc, vlr_cost_per_mwh, vlr_pct, cost_to_serve, cost_to_serve_by_pct,
               reason, is_thin, is_additive_split
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
