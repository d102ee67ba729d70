-- Views of all ISOs for people: names and local time instead of ids.

-- A view's columns mean what the table columns of the same name mean; the few that no table has are named here.
CREATE FUNCTION comment_view(view_name text, about text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE part record;
BEGIN
    EXECUTE format('COMMENT ON VIEW %I IS %L', view_name, about);
    FOR part IN
        SELECT DISTINCT ON (shown.attname) shown.attname, meaning.said
        FROM pg_attribute shown
        JOIN (
            VALUES ('location', 'Name of the location, unique within the ISO'),
                   ('date', 'Local date of the market'),
                   ('data', 'The number; its unit is the uom of the cost component, a fraction where that is %')
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
COMMENT ON FUNCTION comment_view IS 'Comment a view, and its columns as the tables they come from do';

DO $$
DECLARE fact record;
BEGIN
    FOR fact IN VALUES ('da_lmps', 'Day-ahead prices, $/MWh'), ('rt_lmps', 'Real-time prices, $/MWh'),
                       ('da_load', 'Day-ahead loads, MW'), ('rt_load', 'Real-time loads, MW')
    LOOP
        EXECUTE format($view$
            CREATE VIEW %I AS
            SELECT market.iso, location.name AS location, series.source, series.basis, fact.interval_start,
                   hours.market_date, hours.he, block.block_type, fact.value
            FROM %I fact
            JOIN market USING (market_id)
            JOIN series USING (series_id)
            JOIN location USING (location_id)
            LEFT JOIN market_hour hours ON hours.market_id = fact.market_id
                                       AND hours.interval_start = fact.interval_start
            LEFT JOIN block USING (block_id)
        $view$, 'labelled_' || fact.column1, fact.column1);
        PERFORM comment_view('labelled_' || fact.column1, fact.column2 || ', with names and local time instead of ids');
    END LOOP;
END $$;

CREATE VIEW labelled_vlr AS
SELECT market.iso, location.name AS location, hours.market_date, hours.he, block.block_type, vlr.*
FROM hourly_vlr vlr
JOIN market USING (market_id)
JOIN location USING (location_id)
JOIN market_hour hours ON hours.market_id = vlr.market_id AND hours.interval_start = vlr.interval_start
JOIN block USING (block_id);

CREATE VIEW price_variance AS
SELECT iso, location, interval_start, market_date, he, block_type, price_variance, price_variance_pct
FROM labelled_vlr;
CREATE VIEW load_variance AS
SELECT iso, location, interval_start, market_date, he, block_type, load_variance, load_variance_pct
FROM labelled_vlr;
CREATE VIEW hedge_cost AS
SELECT iso, location, interval_start, market_date, he, block_type, hedge_cost FROM labelled_vlr;
CREATE VIEW imbalance_cost AS
SELECT iso, location, interval_start, market_date, he, block_type, imbalance_cost FROM labelled_vlr;
CREATE VIEW total_cost AS
SELECT iso, location, interval_start, market_date, he, block_type, total_cost FROM labelled_vlr;
CREATE VIEW total_price AS
SELECT iso, location, interval_start, market_date, he, block_type, total_price FROM labelled_vlr;
CREATE VIEW unitized_cost AS
SELECT iso, location, interval_start, market_date, he, block_type, unitized_cost FROM labelled_vlr;

SELECT comment_view('labelled_vlr', 'hourly_vlr with names and the calendar instead of ids'),
       comment_view('price_variance', 'RT LMP - DA LMP, $/MWh, and as a fraction of DA LMP'),
       comment_view('load_variance', 'RT load - DA load, MW, and as a fraction of DA load'),
       comment_view('hedge_cost', 'Cost of the hedge without imbalance, $'),
       comment_view('imbalance_cost', 'Cost of imbalance, $'),
       comment_view('total_cost', 'Cost of the hedge with imbalance, $'),
       comment_view('total_price', 'Price with imbalance, $/MWh'),
       comment_view('unitized_cost', 'Unitized VLR cost, $/MWh');
