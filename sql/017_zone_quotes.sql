-- A zone has a list of hubs in order of preference, and a cell says from which of them its price follows.

ALTER TABLE hub_map ADD COLUMN preference smallint NOT NULL DEFAULT 1 CHECK (preference > 0);
ALTER TABLE hub_map ALTER COLUMN preference DROP DEFAULT;
ALTER TABLE hub_map DROP CONSTRAINT hub_map_pkey;
ALTER TABLE hub_map ADD PRIMARY KEY (location_id, preference);
ALTER TABLE hub_map ALTER COLUMN hub_location_id DROP NOT NULL;
COMMENT ON TABLE hub_map IS 'Which hubs'' forwards can price which zone; the rows come from lib/reference, by the reference sync';
COMMENT ON COLUMN hub_map.preference IS 'Place of the hub in the zone''s list: 1 is the first choice';
COMMENT ON COLUMN hub_map.hub_location_id IS 'The location that has the hub''s own prices; NULL if no source has any';

COMMENT ON COLUMN cost_curve.hub IS 'Name of the hub whose quote prices the cell';
COMMENT ON COLUMN cost_curve.quote IS 'The quote from which the forward price follows: a block, off-peak, 7x16 or 7x24; NULL where none trades';
COMMENT ON COLUMN cost_curve.is_modelled IS 'Whether that quote does not cover the block, so that its price follows by the historic ratio';
