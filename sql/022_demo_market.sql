-- The demo simulates another market now, and its settlement report has other texts. What a database holds of the
-- former market cannot stand beside it: the demo is simulated anew. A database with real numbers keeps everything.
DO $$
BEGIN
    IF (SELECT is_demo FROM database_identity) THEN
        TRUNCATE series, da_lmps, rt_lmps, da_load, rt_load, hourly_vlr, curve_version, ice_settlement, settlement_report
            CASCADE;
    END IF;
END
$$;
