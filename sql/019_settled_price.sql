-- The real-time price at which metered load settles, where it differs from the zone's own: a basis, and a column of the chain.

ALTER TABLE series DROP CONSTRAINT series_basis_check;
ALTER TABLE series ADD CONSTRAINT series_basis_check
    CHECK (basis IN ('actual', 'cleared', 'forecast', 'proxy', 'settled'));
COMMENT ON COLUMN series.basis IS 'actual; of a day-ahead load cleared, forecast or proxy; settled: the real-time price at which metered load settles';

ALTER TABLE hourly_vlr ADD COLUMN IF NOT EXISTS rt_lmp_settled double precision;
COMMENT ON COLUMN hourly_vlr.rt_lmp_settled IS 'Real-time price at which metered load settles, $/MWh; NULL where rt_lmp is used for it';
COMMENT ON COLUMN hourly_vlr.imbalance_cost IS 'load_variance * RT LMP, and (rt_lmp_settled - RT LMP) * RT load where there is a settled price, $';

-- As in 006; the new column comes last.
CREATE OR REPLACE VIEW labelled_vlr AS
SELECT market.iso, location.name AS location, hours.market_date, hours.he, block.block_type, vlr.*
FROM hourly_vlr vlr
JOIN market USING (market_id)
JOIN location USING (location_id)
JOIN market_hour hours ON hours.market_id = vlr.market_id AND hours.interval_start = vlr.interval_start
JOIN block USING (block_id);
SELECT comment_view('labelled_vlr', 'hourly_vlr with names and the calendar instead of ids'),
       comment_view('imbalance_cost', 'Cost of imbalance, $');
