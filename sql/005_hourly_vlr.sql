-- The VLR chain by location and hour, every step in one wide row.

CREATE TABLE hourly_vlr (
    market_id           smallint NOT NULL,
    location_id         smallint NOT NULL,
    run_id              integer NOT NULL,
    interval_start      timestamptz NOT NULL,
    da_lmp              double precision,
    rt_lmp              double precision,
    da_load             double precision,
    rt_load             double precision,
    price_variance      double precision,
    price_variance_pct  double precision,
    load_variance       double precision,
    load_variance_pct   double precision,
    hedge_cost          double precision,
    imbalance_cost      double precision,
    total_cost          double precision,
    total_price         double precision,
    unitized_cost       double precision,
    hourly_vlr          double precision,
    PRIMARY KEY (market_id, location_id, interval_start)
) PARTITION BY LIST (market_id);
COMMENT ON TABLE hourly_vlr IS 'Volumetric load risk by location and hour, every step; NULL: not computable; fractions, not percent';
COMMENT ON COLUMN hourly_vlr.market_id IS 'ISO';
COMMENT ON COLUMN hourly_vlr.location_id IS 'Load zone';
COMMENT ON COLUMN hourly_vlr.run_id IS 'The run that wrote the row; its parameters tell the basis, where another than the preferred was asked for';
COMMENT ON COLUMN hourly_vlr.interval_start IS 'Start of the hour, UTC';
COMMENT ON COLUMN hourly_vlr.da_lmp IS 'Day-ahead price, $/MWh';
COMMENT ON COLUMN hourly_vlr.rt_lmp IS 'Real-time price, $/MWh';
COMMENT ON COLUMN hourly_vlr.da_load IS 'Day-ahead load, MW';
COMMENT ON COLUMN hourly_vlr.rt_load IS 'Real-time load, MW';
COMMENT ON COLUMN hourly_vlr.price_variance IS 'RT LMP - DA LMP, $/MWh';
COMMENT ON COLUMN hourly_vlr.price_variance_pct IS 'price_variance / DA LMP, a fraction';
COMMENT ON COLUMN hourly_vlr.load_variance IS 'RT load - DA load, MW';
COMMENT ON COLUMN hourly_vlr.load_variance_pct IS 'load_variance / DA load, a fraction';
COMMENT ON COLUMN hourly_vlr.hedge_cost IS 'DA LMP * DA load: the hedge without imbalance, $';
COMMENT ON COLUMN hourly_vlr.imbalance_cost IS 'load_variance * RT LMP, $';
COMMENT ON COLUMN hourly_vlr.total_cost IS 'hedge_cost + imbalance_cost, $';
COMMENT ON COLUMN hourly_vlr.total_price IS 'total_cost / RT load, $/MWh';
COMMENT ON COLUMN hourly_vlr.unitized_cost IS 'total_price - DA LMP, $/MWh';
COMMENT ON COLUMN hourly_vlr.hourly_vlr IS 'unitized_cost / DA LMP, a fraction';
