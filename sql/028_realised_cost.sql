-- What serving the load cost, beside what the official cost curve of the day had said, and why they differ.

CREATE TABLE realised_cost (
    run_id            integer NOT NULL REFERENCES pipeline_run,
    location_id       smallint NOT NULL REFERENCES location,
    period            text NOT NULL CHECK (period IN ('day', 'month')),
    first_day         date NOT NULL,
    last_day          date NOT NULL,
    n_hours           integer NOT NULL,
    n_left_out        integer NOT NULL,
    is_complete       boolean NOT NULL,
    rt_load_mwh       double precision NOT NULL,
    quoted_cost       double precision,
    realised_cost     double precision,
    difference        double precision,
    hub_price         double precision,
    da_rt_adjustment  double precision,
    zone_basis        double precision,
    price_shape       double precision,
    load_shift        double precision,
    covariance        double precision,
    vlr               double precision,
    risk              double precision,
    PRIMARY KEY (run_id, location_id, period),
    CHECK (last_day >= first_day)
);
COMMENT ON TABLE realised_cost IS 'Of the last full day before a run and of its month to date: the cost of serving a zone, the official curve of each day, and the difference by part';
COMMENT ON COLUMN realised_cost.run_id IS 'The run that computed it';
COMMENT ON COLUMN realised_cost.location_id IS 'Load zone';
COMMENT ON COLUMN realised_cost.period IS 'day: the last full day; month: its month up to that day';
COMMENT ON COLUMN realised_cost.first_day IS 'First local day';
COMMENT ON COLUMN realised_cost.last_day IS 'Last local day, included';
COMMENT ON COLUMN realised_cost.n_hours IS 'Hours that have every value on both sides';
COMMENT ON COLUMN realised_cost.n_left_out IS 'Other hours of the days; both sides are without them';
COMMENT ON COLUMN realised_cost.is_complete IS 'Whether at least 90 % of the hours count';
COMMENT ON COLUMN realised_cost.rt_load_mwh IS 'Metered load of the hours that count, MWh';
COMMENT ON COLUMN realised_cost.quoted_cost IS 'Cost to serve by the curve, weighted with its load, $/MWh';
COMMENT ON COLUMN realised_cost.realised_cost IS 'Cost of hedge and imbalance over the metered load, $/MWh';
COMMENT ON COLUMN realised_cost.difference IS 'realised_cost - quoted_cost: the sum of the parts, $/MWh';
COMMENT ON COLUMN realised_cost.hub_price IS 'Part: price of the hub in the market that its forwards settle on, less the forward, $/MWh';
COMMENT ON COLUMN realised_cost.da_rt_adjustment IS 'Part: DA LMP less settlement price of the hub, less the adjustment of the curve, $/MWh';
COMMENT ON COLUMN realised_cost.zone_basis IS 'Part: DA LMP of the zone less that of the hub, less the basis of the curve, $/MWh';
COMMENT ON COLUMN realised_cost.price_shape IS 'Part: the prices of hours and blocks differed otherwise than those of the curve, at its load, $/MWh';
COMMENT ON COLUMN realised_cost.load_shift IS 'Part: the load was in other hours than that of the curve, at its prices, $/MWh';
COMMENT ON COLUMN realised_cost.covariance IS 'Part: load and price were above or below the curve in the same hours, less the covariance of the curve, $/MWh';
COMMENT ON COLUMN realised_cost.vlr IS 'Part: cost of the imbalance, less VLR of the curve, $/MWh';
COMMENT ON COLUMN realised_cost.risk IS 'Part: less the risk line of the curve, $/MWh';

-- The default privileges of 009 hold for what the login makes that applied it; this may be another.
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('epd_owner', 'epd_writer', 'epd_reader')) < 3 THEN
        RETURN;
    END IF;
    GRANT SELECT, INSERT, UPDATE, DELETE ON realised_cost TO epd_writer;
    GRANT SELECT ON realised_cost TO epd_reader;
    GRANT ALL ON realised_cost TO epd_owner;
END $$;
