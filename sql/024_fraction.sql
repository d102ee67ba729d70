-- The unit of a fraction is "fraction": the numbers are stored and shown as fractions. The reference sync brings the units.
COMMENT ON COLUMN cost_component.uom IS 'Unit of the numbers: $/MWh, MW, $ or fraction';

-- As in 006, with another sentence for the column data. The reference sync comments the views anew.
CREATE OR REPLACE FUNCTION comment_view(view_name text, about text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE part record;
BEGIN
    EXECUTE format('COMMENT ON VIEW %I IS %L', view_name, about);
    FOR part IN
        SELECT DISTINCT ON (shown.attname) shown.attname, meaning.said
        FROM pg_attribute shown
        JOIN (
            VALUES ('location', 'Name of the location, unique within the ISO'),
                   ('date', 'Local date of the market'),
                   ('data', 'The number; its unit is the uom of the cost component')
            UNION ALL
            SELECT attname, col_description(attrelid, attnum)
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0
        ) AS meaning (attname, said) ON meaning.attname = shown.attname AND meaning.said IS NOT NULL
        WHERE shown.attrelid = format('%I', view_name)::regclass AND shown.attnum > 0
        ORDER BY shown.attname, meaning.said
    LOOP
        EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', view_name, part.attname, part.said);
    END LOOP;
END $$;
