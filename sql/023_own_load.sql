-- The desk's own load: series with a basis of their own, and curves of their own that no view of a zone's curve shows.

ALTER TABLE series DROP CONSTRAINT series_basis_check;
ALTER TABLE series ADD CONSTRAINT series_basis_check
    CHECK (basis IN ('actual', 'cleared', 'forecast', 'proxy', 'settled', 'own'));
COMMENT ON COLUMN series.basis IS 'actual; of a day-ahead load cleared, forecast or proxy; settled: the real-time price at which metered load settles; own: the load of the desk''s own customers, with losses';
COMMENT ON COLUMN series.source IS 'Who gave it: demo, files, ...; own_load: the desk';

ALTER TABLE curve_version DROP CONSTRAINT curve_version_curve_check;
ALTER TABLE curve_version ADD CONSTRAINT curve_version_curve_check
    CHECK (curve IN ('vlr', 'shaping', 'cost_curve', 'own_vlr', 'own_cost_curve'));
COMMENT ON COLUMN curve_version.curve IS 'vlr, shaping or cost_curve; own_vlr and own_cost_curve: the same of the desk''s own load';
