-- Curves are versioned and never overwritten; a version's cells are rows that carry its id.

CREATE TABLE curve_version (
    version_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    curve         text NOT NULL CHECK (curve IN ('vlr', 'shaping')),
    market_id     smallint NOT NULL REFERENCES market,
    window_start  date NOT NULL,
    window_end    date NOT NULL,
    parameters    jsonb NOT NULL,
    series_ids    integer[] NOT NULL,
    fingerprint   text NOT NULL,
    run_id        integer NOT NULL REFERENCES pipeline_run,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON curve_version (curve, market_id, version_id);
COMMENT ON TABLE curve_version IS 'One row for each published curve of an ISO; the same inputs make no new version';
COMMENT ON COLUMN curve_version.version_id IS 'Key; the highest of a curve and ISO is its latest';
COMMENT ON COLUMN curve_version.curve IS 'vlr or shaping';
COMMENT ON COLUMN curve_version.market_id IS 'ISO';
COMMENT ON COLUMN curve_version.window_start IS 'First local day of the history used';
COMMENT ON COLUMN curve_version.window_end IS 'Last local day, included';
COMMENT ON COLUMN curve_version.parameters IS 'What else the curve was made with';
COMMENT ON COLUMN curve_version.series_ids IS 'The series used';
COMMENT ON COLUMN curve_version.fingerprint IS 'Hash of what was asked, what went in and what came out';
COMMENT ON COLUMN curve_version.run_id IS 'The run that made it';
COMMENT ON COLUMN curve_version.created_at IS 'When';

CREATE TABLE vlr (
    version_id          integer NOT NULL REFERENCES curve_version,
    location_id         smallint NOT NULL REFERENCES location,
    month               smallint NOT NULL CHECK (month BETWEEN 1 AND 12),
    he                  smallint NOT NULL CHECK (he BETWEEN 1 AND 24),
    block_id            smallint NOT NULL REFERENCES block,
    mean_ratio          double precision,
    cost_weighted       double precision,
    cost_per_mwh        double precision,
    unitized_cost_usd   double precision,
    da_value_usd        double precision,
    rt_load_mwh         double precision,
    n_hours             integer NOT NULL,
    n_days              integer NOT NULL,
    n_years             integer NOT NULL,
    n_excluded          integer NOT NULL,
    is_thin             boolean NOT NULL,
    is_near_zero        boolean NOT NULL,
    PRIMARY KEY (version_id, location_id, month, he, block_id)
);
COMMENT ON TABLE vlr IS 'VLR curves: a cell for each location, month, hour ending and block; all estimators side by side';
COMMENT ON COLUMN vlr.version_id IS 'Version of the curve';
COMMENT ON COLUMN vlr.location_id IS 'Load zone';
COMMENT ON COLUMN vlr.month IS 'Month of the year, 1..12';
COMMENT ON COLUMN vlr.he IS 'Hour ending 1..24, local';
COMMENT ON COLUMN vlr.block_id IS 'Block';
COMMENT ON COLUMN vlr.mean_ratio IS 'Mean of hourly_vlr, a fraction; explodes where prices touch zero';
COMMENT ON COLUMN vlr.cost_weighted IS 'Headline: sum(unitized_cost * RT load) / sum(DA LMP * RT load), a fraction';
COMMENT ON COLUMN vlr.cost_per_mwh IS 'sum(unitized_cost * RT load) / sum(RT load), $/MWh';
COMMENT ON COLUMN vlr.unitized_cost_usd IS 'sum(unitized_cost * RT load), $: rolls up by addition';
COMMENT ON COLUMN vlr.da_value_usd IS 'sum(DA LMP * RT load), $: rolls up by addition';
COMMENT ON COLUMN vlr.rt_load_mwh IS 'sum(RT load), MWh: rolls up by addition';
COMMENT ON COLUMN vlr.n_hours IS 'Hours used';
COMMENT ON COLUMN vlr.n_days IS 'Days they come from';
COMMENT ON COLUMN vlr.n_years IS 'Years they come from';
COMMENT ON COLUMN vlr.n_excluded IS 'Hours of the window that are not computable';
COMMENT ON COLUMN vlr.is_thin IS 'Whether the cell has fewer than 20 days';
COMMENT ON COLUMN vlr.is_near_zero IS 'Whether the DA price is too near zero for a percent, which is then NULL';

CREATE TABLE vlr_exclusion (
    version_id   integer NOT NULL REFERENCES curve_version,
    location_id  smallint NOT NULL REFERENCES location,
    reason       text NOT NULL,
    n_hours      integer NOT NULL,
    PRIMARY KEY (version_id, location_id, reason)
);
COMMENT ON TABLE vlr_exclusion IS 'Hours of a VLR curve''s window that could not be used, by reason';
COMMENT ON COLUMN vlr_exclusion.version_id IS 'Version of the curve';
COMMENT ON COLUMN vlr_exclusion.location_id IS 'Load zone';
COMMENT ON COLUMN vlr_exclusion.reason IS 'Why';
COMMENT ON COLUMN vlr_exclusion.n_hours IS 'How many hours';

CREATE TABLE da_lmps_avg (
    version_id   integer NOT NULL REFERENCES curve_version,
    location_id  smallint NOT NULL REFERENCES location,
    month        smallint NOT NULL CHECK (month BETWEEN 1 AND 12),
    he           smallint NOT NULL CHECK (he BETWEEN 1 AND 24),
    block_id     smallint NOT NULL REFERENCES block,
    value        double precision,
    n_hours      integer NOT NULL,
    PRIMARY KEY (version_id, location_id, month, he, block_id)
);
COMMENT ON TABLE da_lmps_avg IS 'Mean day-ahead price by location, month, hour ending and block; part of the shaping curve';
COMMENT ON COLUMN da_lmps_avg.version_id IS 'Version of the shaping curve';
COMMENT ON COLUMN da_lmps_avg.location_id IS 'Zone or hub';
COMMENT ON COLUMN da_lmps_avg.month IS 'Month of the year, 1..12';
COMMENT ON COLUMN da_lmps_avg.he IS 'Hour ending 1..24, local';
COMMENT ON COLUMN da_lmps_avg.block_id IS 'Block';
COMMENT ON COLUMN da_lmps_avg.value IS 'Mean DA LMP, $/MWh; NULL where no hour of the cell has a price';
COMMENT ON COLUMN da_lmps_avg.n_hours IS 'Hours used';

CREATE TABLE shaping (
    version_id   integer NOT NULL REFERENCES curve_version,
    location_id  smallint NOT NULL REFERENCES location,
    month        smallint NOT NULL CHECK (month BETWEEN 1 AND 12),
    he           smallint NOT NULL CHECK (he BETWEEN 1 AND 24),
    block_id     smallint NOT NULL REFERENCES block,
    pooled       double precision,
    year_mean    double precision,
    additive     double precision,
    year_low     double precision,
    year_high    double precision,
    n_hours      integer NOT NULL,
    n_years      integer NOT NULL,
    is_additive  boolean NOT NULL,
    PRIMARY KEY (version_id, location_id, month, he, block_id)
);
COMMENT ON TABLE shaping IS 'Shape factors: mean DA LMP of a month, hour ending and block over that of the month and block';
COMMENT ON COLUMN shaping.version_id IS 'Version of the curve';
COMMENT ON COLUMN shaping.location_id IS 'Zone or hub';
COMMENT ON COLUMN shaping.month IS 'Month of the year, 1..12';
COMMENT ON COLUMN shaping.he IS 'Hour ending 1..24, local';
COMMENT ON COLUMN shaping.block_id IS 'Block';
COMMENT ON COLUMN shaping.pooled IS 'Factor of all years'' hours together';
COMMENT ON COLUMN shaping.year_mean IS 'Headline: mean over the years of the factor within each year-month, renormalised';
COMMENT ON COLUMN shaping.additive IS 'mean(cell) - mean(block), $/MWh';
COMMENT ON COLUMN shaping.year_low IS 'Lowest factor of a single year';
COMMENT ON COLUMN shaping.year_high IS 'Highest factor of a single year';
COMMENT ON COLUMN shaping.n_hours IS 'Hours used';
COMMENT ON COLUMN shaping.n_years IS 'Years in year_mean; 0: none has 80 % of the month''s hours, and year_mean is NULL';
COMMENT ON COLUMN shaping.is_additive IS 'Whether the block''s mean is negative or under $1/MWh, so that the factors are NULL and the additive shape stands';

CREATE TABLE load_shape_premium (
    version_id   integer NOT NULL REFERENCES curve_version,
    location_id  smallint NOT NULL REFERENCES location,
    month        smallint NOT NULL CHECK (month BETWEEN 1 AND 12),
    block_id     smallint NOT NULL REFERENCES block,
    premium      double precision,
    n_hours      integer NOT NULL,
    PRIMARY KEY (version_id, location_id, month, block_id)
);
COMMENT ON TABLE load_shape_premium IS 'What the load''s shape adds to a flat block''s price; part of the shaping curve';
COMMENT ON COLUMN load_shape_premium.version_id IS 'Version of the shaping curve';
COMMENT ON COLUMN load_shape_premium.location_id IS 'Load zone';
COMMENT ON COLUMN load_shape_premium.month IS 'Month of the year, 1..12';
COMMENT ON COLUMN load_shape_premium.block_id IS 'Block';
COMMENT ON COLUMN load_shape_premium.premium IS '(sum(load * price) / sum(load)) / mean(price) - 1, a fraction';
COMMENT ON COLUMN load_shape_premium.n_hours IS 'Hours used';
