-- Who and where: markets, locations, cost components and the seven levels that tie them together.
-- The rows come from lib/reference, by the reference sync.

CREATE TABLE database_identity (
    only_row            boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    is_demo             boolean NOT NULL,
    reference_checksum  text
);
COMMENT ON TABLE database_identity IS 'What this database is for: one row, set when it is made';
COMMENT ON COLUMN database_identity.only_row IS 'Keeps the table at one row';
COMMENT ON COLUMN database_identity.is_demo IS 'Whether the numbers are simulated; a real source is refused then, and the reverse';
COMMENT ON COLUMN database_identity.reference_checksum IS 'SHA-256 of the reference data that was last synced';

CREATE TABLE market (
    market_id           smallint PRIMARY KEY,
    iso                 text NOT NULL UNIQUE,
    name                text NOT NULL,
    timezone            text NOT NULL,
    publisher_timezone  text NOT NULL,
    on_peak_first_he    smallint NOT NULL CHECK (on_peak_first_he BETWEEN 1 AND 24),
    on_peak_last_he     smallint NOT NULL CHECK (on_peak_last_he BETWEEN 1 AND 24),
    da_load_basis       text NOT NULL,
    rt_load_basis       text NOT NULL,
    load_note           text NOT NULL
);
COMMENT ON TABLE market IS 'The ISOs';
COMMENT ON COLUMN market.market_id IS 'Key, given by the reference data';
COMMENT ON COLUMN market.iso IS 'ISO (control area): ERCOT, ISONE, MISO, NYISO, PJM';
COMMENT ON COLUMN market.name IS 'Full name of the ISO';
COMMENT ON COLUMN market.timezone IS 'Time zone of hour ending and blocks';
COMMENT ON COLUMN market.publisher_timezone IS 'Clock of the data as the ISO publishes them';
COMMENT ON COLUMN market.on_peak_first_he IS 'First on-peak hour ending';
COMMENT ON COLUMN market.on_peak_last_he IS 'Last on-peak hour ending';
COMMENT ON COLUMN market.da_load_basis IS 'What the day-ahead load by zone is: cleared, forecast or proxy';
COMMENT ON COLUMN market.rt_load_basis IS 'What the real-time load by zone is: actual or proxy';
COMMENT ON COLUMN market.load_note IS 'What a reader must know about the ISO''s loads';

CREATE TABLE location (
    location_id    smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    market_id      smallint NOT NULL REFERENCES market,
    name           text NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('zone', 'hub')),
    control_area   text NOT NULL,
    state          text,
    load_zone      text NOT NULL,
    capacity_zone  text,
    utility        text,
    is_hub         boolean NOT NULL,
    UNIQUE (market_id, name)
);
COMMENT ON TABLE location IS 'Load zones, and trading hubs (prices, no load), with their levels of the hierarchy';
COMMENT ON COLUMN location.location_id IS 'Key';
COMMENT ON COLUMN location.market_id IS 'ISO of the location';
COMMENT ON COLUMN location.name IS 'Name, unique within the ISO';
COMMENT ON COLUMN location.kind IS 'zone or hub';
COMMENT ON COLUMN location.control_area IS 'Level 1 of the hierarchy: the ISO';
COMMENT ON COLUMN location.state IS 'Level 2; of a multi-state zone a label (OH/PA) and no state';
COMMENT ON COLUMN location.load_zone IS 'Level 3';
COMMENT ON COLUMN location.capacity_zone IS 'Level 4';
COMMENT ON COLUMN location.utility IS 'Level 5';
COMMENT ON COLUMN location.is_hub IS 'Whether forwards trade here; a zone can be a hub';

CREATE TABLE cost_component (
    component_id    smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cost_group      text NOT NULL,
    cost_component  text NOT NULL,
    uom             text NOT NULL,
    relation_name   text NOT NULL,
    column_name     text NOT NULL,
    UNIQUE (cost_group, cost_component)
);
COMMENT ON TABLE cost_component IS 'The two lowest levels of the hierarchy, and where the numbers are';
COMMENT ON COLUMN cost_component.component_id IS 'Key';
COMMENT ON COLUMN cost_component.cost_group IS 'Level 6 of the hierarchy';
COMMENT ON COLUMN cost_component.cost_component IS 'Level 7';
COMMENT ON COLUMN cost_component.uom IS 'Unit people read; where it is %, the stored number is a fraction';
COMMENT ON COLUMN cost_component.relation_name IS 'Table or view that holds the numbers';
COMMENT ON COLUMN cost_component.column_name IS 'Its column';

CREATE TABLE vlr_hierarchy (
    hierarchy_id  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    location_id   smallint NOT NULL REFERENCES location,
    component_id  smallint NOT NULL REFERENCES cost_component,
    UNIQUE (location_id, component_id)
);
COMMENT ON TABLE vlr_hierarchy IS 'One id for each cost component of each zone; <iso>_hierarchy shows the seven levels';
COMMENT ON COLUMN vlr_hierarchy.hierarchy_id IS 'Key; never given to another pair';
COMMENT ON COLUMN vlr_hierarchy.location_id IS 'The zone: levels 1 to 5';
COMMENT ON COLUMN vlr_hierarchy.component_id IS 'The cost component: levels 6 and 7';
