-- VLR of any level of the hierarchy: zones add up, and a load that several zones share counts once.

ALTER TABLE vlr_block
    ADD COLUMN hedge_cost_usd double precision, ADD COLUMN imbalance_cost_usd double precision,
    ADD COLUMN load_shape_usd double precision, ADD COLUMN covariance_usd double precision,
    ADD COLUMN load_share double precision;
COMMENT ON COLUMN vlr_block.hedge_cost_usd IS 'sum(DA LMP * DA load), $; NULL in versions of before it was kept';
COMMENT ON COLUMN vlr_block.imbalance_cost_usd IS 'sum(imbalance cost), $; with hedge_cost_usd, less da_value_usd, it is unitized_cost_usd; NULL in versions of before it was kept';
COMMENT ON COLUMN vlr_block.load_shape_usd IS 'What the load pays above the mean DA LMP of the month and block because of its shape by hour ending and year, $; NULL in versions of before it was kept';
COMMENT ON COLUMN vlr_block.covariance_usd IS 'Covariance of load and DA LMP within hour ending and year, $; NULL in versions of before it was kept';
COMMENT ON COLUMN vlr_block.load_share IS 'Share of its load that the zone counts with at higher levels: 1, or 1/k where k zones share one load; NULL in versions of before it was kept';

CREATE TABLE vlr_level (
    version_id     integer NOT NULL REFERENCES curve_version,
    level          text NOT NULL,
    member         text NOT NULL,
    interval_low   double precision,
    interval_mid   double precision,
    interval_high  double precision,
    n_days         integer NOT NULL,
    n_years        integer NOT NULL,
    PRIMARY KEY (version_id, level, member)
);
COMMENT ON TABLE vlr_level IS 'How well VLR of a member of a level of the hierarchy is known, all months and blocks together; vlr_roll_up has its sums';
COMMENT ON COLUMN vlr_level.version_id IS 'Version of the VLR curve';
COMMENT ON COLUMN vlr_level.level IS 'Level of the hierarchy: control_area, state, load_zone, capacity_zone or utility';
COMMENT ON COLUMN vlr_level.member IS 'Name of the member: a state, a utility, ...';
COMMENT ON COLUMN vlr_level.interval_low IS 'How well cost_per_mwh is known: its 5 % level over resamples of the days of the past, the same days for all zones, $/MWh; NULL under 40 days';
COMMENT ON COLUMN vlr_level.interval_mid IS 'The 50 % level over resamples, $/MWh';
COMMENT ON COLUMN vlr_level.interval_high IS 'The 95 % level over resamples, $/MWh';
COMMENT ON COLUMN vlr_level.n_days IS 'Days that have an hour of any of its zones';
COMMENT ON COLUMN vlr_level.n_years IS 'Years that have an hour of any of its zones';

CREATE TABLE vlr_level_block (
    version_id     integer NOT NULL REFERENCES curve_version,
    level          text NOT NULL,
    member         text NOT NULL,
    month          smallint NOT NULL CHECK (month BETWEEN 1 AND 12),
    block_id       smallint NOT NULL REFERENCES block,
    interval_low   double precision,
    interval_mid   double precision,
    interval_high  double precision,
    n_days         integer NOT NULL,
    n_years        integer NOT NULL,
    PRIMARY KEY (version_id, level, member, month, block_id)
);
COMMENT ON TABLE vlr_level_block IS 'The same by month and block, of members with several zones; a single zone has its own in vlr_block';
COMMENT ON COLUMN vlr_level_block.month IS 'Calendar month, 1 to 12';
COMMENT ON COLUMN vlr_level_block.block_id IS 'Block';

CREATE TABLE vlr_day (
    version_id         integer NOT NULL REFERENCES curve_version,
    level              text NOT NULL,
    member             text NOT NULL,
    market_date        date NOT NULL,
    block_id           smallint NOT NULL REFERENCES block,
    unitized_cost_usd  double precision NOT NULL,
    da_value_usd       double precision NOT NULL,
    rt_load_mwh        double precision NOT NULL,
    PRIMARY KEY (version_id, level, member, market_date, block_id)
);
COMMENT ON TABLE vlr_day IS 'VLR sums of each day and block, of a control area and of states with zones of several ISOs: from these, days are drawn for all ISOs together';
COMMENT ON COLUMN vlr_day.market_date IS 'Local date of the market';
COMMENT ON COLUMN vlr_day.block_id IS 'Block';

DO $$
DECLARE part record;
BEGIN
    FOR part IN
        SELECT other.attrelid::regclass AS name, other.attname, col_description(own.attrelid, own.attnum) AS words
        FROM pg_attribute other
        JOIN pg_attribute own ON own.attname = other.attname AND own.attnum > 0
                             AND own.attrelid IN ('vlr_level'::regclass, 'vlr_block'::regclass)
        WHERE other.attrelid IN ('vlr_level_block'::regclass, 'vlr_day'::regclass) AND other.attnum > 0
          AND col_description(other.attrelid, other.attnum) IS NULL
          AND (own.attrelid = 'vlr_level'::regclass OR other.attname LIKE '%\_usd' OR other.attname = 'rt_load_mwh')
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', part.name, part.attname, part.words);
    END LOOP;
END $$;

-- Sums first, ratios last, as in lib/calc/roll_up.py. A member with one zone has the zone's interval and days.
CREATE VIEW vlr_roll_up_block AS
SELECT market.iso, version.version_id, sums.level, sums.member, sums.month, block.block_type, basis.basis,
       sums.unitized_cost_usd / nullif(sums.rt_load_mwh, 0) AS cost_per_mwh,
       CASE WHEN abs(sums.da_value_usd) >= sums.rt_load_mwh
            THEN sums.unitized_cost_usd / nullif(sums.da_value_usd, 0) END AS cost_weighted,
       CASE WHEN sums.n_zones = 1 THEN sums.interval_low ELSE known.interval_low END AS interval_low,
       CASE WHEN sums.n_zones = 1 THEN sums.interval_mid ELSE known.interval_mid END AS interval_mid,
       CASE WHEN sums.n_zones = 1 THEN sums.interval_high ELSE known.interval_high END AS interval_high,
       sums.bias_usd / nullif(sums.rt_load_mwh, 0) AS bias,
       sums.swing_usd / nullif(sums.rt_load_mwh, 0) AS swing,
       sums.settled_difference_usd / nullif(sums.rt_load_mwh, 0) AS settled_difference,
       sums.unitized_cost_usd, sums.da_value_usd, sums.rt_load_mwh, sums.hedge_cost_usd, sums.imbalance_cost_usd,
       sums.load_shape_usd, sums.covariance_usd, sums.bias_usd, sums.swing_usd, sums.settled_difference_usd,
       sums.n_zones, sums.n_hours,
       CASE WHEN sums.n_zones = 1 THEN sums.n_days ELSE known.n_days END AS n_days,
       CASE WHEN sums.n_zones = 1 THEN sums.n_years ELSE known.n_years END AS n_years,
       sums.n_excluded
FROM (SELECT market_id, max(version_id) AS version_id FROM curve_version
      WHERE curve = 'vlr' AND status = 'official' GROUP BY market_id) latest
JOIN curve_version version USING (version_id)
JOIN market ON market.market_id = version.market_id
CROSS JOIN LATERAL (
    SELECT string_agg(DISTINCT series.basis, ', ' ORDER BY series.basis) AS basis
    FROM series WHERE series_id = ANY (version.series_ids) AND measure = 'da_load') basis
CROSS JOIN LATERAL (
    SELECT place.level, place.member, zone.month, zone.block_id, count(*) AS n_zones,
           sum(zone.unitized_cost_usd * load_share) AS unitized_cost_usd,
           sum(zone.da_value_usd * load_share) AS da_value_usd,
           sum(zone.rt_load_mwh * load_share) AS rt_load_mwh,
           sum(zone.hedge_cost_usd * load_share) AS hedge_cost_usd,
           sum(zone.imbalance_cost_usd * load_share) AS imbalance_cost_usd,
           sum(zone.load_shape_usd * load_share) AS load_shape_usd,
           sum(zone.covariance_usd * load_share) AS covariance_usd,
           sum(zone.bias_usd * load_share) AS bias_usd,
           sum(zone.swing_usd * load_share) AS swing_usd,
           sum(zone.settled_difference_usd * load_share) AS settled_difference_usd,
           max(zone.interval_low) AS interval_low, max(zone.interval_mid) AS interval_mid,
           max(zone.interval_high) AS interval_high,
           sum(zone.n_hours) AS n_hours, max(zone.n_days) AS n_days, max(zone.n_years) AS n_years,
           sum(zone.n_excluded) AS n_excluded
    FROM vlr_block zone
    JOIN location USING (location_id)
    CROSS JOIN LATERAL (VALUES ('control_area', control_area), ('state', state), ('load_zone', load_zone),
                               ('capacity_zone', capacity_zone), ('utility', utility)) AS place (level, member)
    WHERE zone.version_id = version.version_id AND place.member IS NOT NULL
    GROUP BY place.level, place.member, zone.month, zone.block_id) sums
JOIN block USING (block_id)
LEFT JOIN vlr_level_block known ON known.version_id = version.version_id AND known.level = sums.level
                               AND known.member = sums.member AND known.month = sums.month
                               AND known.block_id = sums.block_id;

CREATE VIEW vlr_roll_up AS
SELECT sums.iso, sums.version_id, sums.level, sums.member, sums.basis,
       sums.unitized_cost_usd / nullif(sums.rt_load_mwh, 0) AS cost_per_mwh,
       CASE WHEN abs(sums.da_value_usd) >= sums.rt_load_mwh
            THEN sums.unitized_cost_usd / nullif(sums.da_value_usd, 0) END AS cost_weighted,
       known.interval_low, known.interval_mid, known.interval_high,
       sums.bias_usd / nullif(sums.rt_load_mwh, 0) AS bias,
       sums.swing_usd / nullif(sums.rt_load_mwh, 0) AS swing,
       sums.settled_difference_usd / nullif(sums.rt_load_mwh, 0) AS settled_difference,
       sums.unitized_cost_usd, sums.da_value_usd, sums.rt_load_mwh, sums.hedge_cost_usd, sums.imbalance_cost_usd,
       sums.load_shape_usd, sums.covariance_usd, sums.bias_usd, sums.swing_usd, sums.settled_difference_usd,
       sums.n_zones, sums.n_hours, known.n_days, known.n_years, sums.n_excluded
FROM (
    SELECT iso, version_id, level, member, basis, max(n_zones) AS n_zones,
           sum(unitized_cost_usd) AS unitized_cost_usd, sum(da_value_usd) AS da_value_usd,
           sum(rt_load_mwh) AS rt_load_mwh, sum(hedge_cost_usd) AS hedge_cost_usd,
           sum(imbalance_cost_usd) AS imbalance_cost_usd, sum(load_shape_usd) AS load_shape_usd,
           sum(covariance_usd) AS covariance_usd, sum(bias_usd) AS bias_usd, sum(swing_usd) AS swing_usd,
           sum(settled_difference_usd) AS settled_difference_usd, sum(n_hours) AS n_hours,
           sum(n_excluded) AS n_excluded
    FROM vlr_roll_up_block
    GROUP BY iso, version_id, level, member, basis) sums
LEFT JOIN vlr_level known ON known.version_id = sums.version_id AND known.level = sums.level
                         AND known.member = sums.member;

SELECT comment_view('vlr_roll_up_block', 'VLR of each member of each level of the hierarchy by month and block, of the latest official curves'),
       comment_view('vlr_roll_up', 'VLR of each member of each level of the hierarchy over all months and blocks, of the latest official curves');
DO $$
DECLARE
    shown  text;
    part   record;
BEGIN
    FOREACH shown IN ARRAY ARRAY['vlr_roll_up_block', 'vlr_roll_up'] LOOP
        FOR part IN VALUES
            ('n_zones', 'Zones of the member'),
            ('basis', 'What the day-ahead loads are: cleared, forecast or proxy; VLR of different bases does not compare'),
            ('n_hours', 'Hours of zones that are used'),
            ('n_excluded', 'Hours of zones that are left out; each zone counts with the hours that it has'),
            ('cost_per_mwh', 'unitized_cost_usd / rt_load_mwh, $/MWh'),
            ('cost_weighted', 'unitized_cost_usd / da_value_usd, a fraction; NULL where the load-weighted DA price is under $1/MWh'),
            ('interval_low', 'How well cost_per_mwh is known: its 5 % level over resamples of the days of the past, the same days for all zones, $/MWh; NULL under 40 days'),
            ('interval_mid', 'The 50 % level over resamples, $/MWh'),
            ('interval_high', 'The 95 % level over resamples, $/MWh'),
            ('version_id', 'Version of the VLR curve')
        LOOP
            EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', shown, part.column1, part.column2);
        END LOOP;
    END LOOP;
END $$;

-- The default privileges of 009 hold for what the login makes that applied it; this may be another.
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('epd_owner', 'epd_writer', 'epd_reader')) < 3 THEN
        RETURN;
    END IF;
    GRANT SELECT, INSERT, UPDATE, DELETE ON vlr_level, vlr_level_block, vlr_day TO epd_writer;
    GRANT SELECT ON vlr_level, vlr_level_block, vlr_day, vlr_roll_up, vlr_roll_up_block TO epd_reader, epd_writer;
    GRANT ALL ON vlr_level, vlr_level_block, vlr_day, vlr_roll_up, vlr_roll_up_block TO epd_owner;
END $$;
