-- A curve version can be reproduced: the reference data it was computed with is kept, and every former value of what it
-- was computed from, with the run that wrote it.

CREATE TABLE reference_state (
    sha256   text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    files    json NOT NULL,
    kept_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE reference_state IS 'The reference data that curves are computed with, each time that it changed';
COMMENT ON COLUMN reference_state.sha256 IS 'SHA-256 of the files';
COMMENT ON COLUMN reference_state.files IS 'Name of a file of lib/reference -> its text';
COMMENT ON COLUMN reference_state.kept_at IS 'When a version was first computed with them';

ALTER TABLE curve_version
    ADD COLUMN reference_sha256 text REFERENCES reference_state,
    ADD COLUMN inputs_sha256 text;
CREATE INDEX ON curve_version (reference_sha256);
COMMENT ON COLUMN curve_version.reference_sha256 IS 'Reference data it was computed with; NULL in versions of before it was kept';
COMMENT ON COLUMN curve_version.inputs_sha256 IS 'Hash of what went in alone: with the same one and other numbers, the code was another; NULL in versions of before it was kept';

ALTER TABLE value_revision
    ADD COLUMN old_run_id integer REFERENCES pipeline_run,
    ALTER COLUMN new_value DROP NOT NULL,
    ALTER COLUMN run_id DROP NOT NULL;
COMMENT ON TABLE value_revision IS 'Every later change of a stored raw value, and every value that was deleted';
COMMENT ON COLUMN value_revision.new_value IS 'Value after; NULL: deleted';
COMMENT ON COLUMN value_revision.run_id IS 'The run that changed it; NULL: somebody deleted it by hand';
COMMENT ON COLUMN value_revision.old_run_id IS 'The run that wrote the value before; NULL in revisions of before it was kept';

-- No run deletes a raw value, but somebody may.
CREATE FUNCTION keep_deleted_value() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO value_revision (measure, series_id, interval_start, old_value, old_run_id)
    VALUES (TG_ARGV[0], OLD.series_id, OLD.interval_start, OLD.value, OLD.run_id);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION keep_deleted_value IS 'Enters a deleted raw value into value_revision';
CREATE TRIGGER keep_deleted AFTER DELETE ON da_lmps FOR EACH ROW EXECUTE FUNCTION keep_deleted_value('da_lmp');
CREATE TRIGGER keep_deleted AFTER DELETE ON rt_lmps FOR EACH ROW EXECUTE FUNCTION keep_deleted_value('rt_lmp');
CREATE TRIGGER keep_deleted AFTER DELETE ON da_load FOR EACH ROW EXECUTE FUNCTION keep_deleted_value('da_load');
CREATE TRIGGER keep_deleted AFTER DELETE ON rt_load FOR EACH ROW EXECUTE FUNCTION keep_deleted_value('rt_load');

CREATE TABLE settlement_revision (
    revision_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    LIKE ice_settlement,
    new_price         double precision,
    new_run_id        integer REFERENCES pipeline_run,
    revised_at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON settlement_revision (trade_date);
COMMENT ON TABLE settlement_revision IS 'Every later change of a stored settlement, and every one that was withdrawn or deleted, as it was before';
COMMENT ON COLUMN settlement_revision.revision_id IS 'Key, in the order of the changes';
COMMENT ON COLUMN settlement_revision.new_price IS 'Settlement price after; NULL: withdrawn or deleted';
COMMENT ON COLUMN settlement_revision.new_run_id IS 'The run that changed it; NULL: withdrawn or deleted';
COMMENT ON COLUMN settlement_revision.revised_at IS 'When';
DO $$
DECLARE part record;
BEGIN
    FOR part IN SELECT attname, col_description(attrelid, attnum) AS words FROM pg_attribute
                WHERE attrelid = 'ice_settlement'::regclass AND attnum > 0 AND NOT attisdropped
    LOOP
        EXECUTE format('COMMENT ON COLUMN settlement_revision.%I IS %L', part.attname, part.words);
    END LOOP;
END $$;

CREATE FUNCTION keep_former_settlement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO settlement_revision
            (trade_date, strip, expiration_date, run_id, strike, settlement_price, net_change, contract, contract_type,
             product_id, hub, product, report, new_price, new_run_id)
        SELECT former.trade_date, former.strip, former.expiration_date, former.run_id, former.strike,
               former.settlement_price, former.net_change, former.contract, former.contract_type, former.product_id,
               former.hub, former.product, former.report, revised.settlement_price, revised.run_id
        FROM former JOIN revised USING (trade_date, contract, contract_type, strip, strike, product_id);
    ELSE
        INSERT INTO settlement_revision
            (trade_date, strip, expiration_date, run_id, strike, settlement_price, net_change, contract, contract_type,
             product_id, hub, product, report)
        SELECT trade_date, strip, expiration_date, run_id, strike, settlement_price, net_change, contract, contract_type,
               product_id, hub, product, report
        FROM former;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION keep_former_settlement IS 'Enters a settlement that is changed or deleted into settlement_revision, as it was';
CREATE TRIGGER keep_revised AFTER UPDATE ON ice_settlement
    REFERENCING OLD TABLE AS former NEW TABLE AS revised
    FOR EACH STATEMENT EXECUTE FUNCTION keep_former_settlement();
CREATE TRIGGER keep_deleted AFTER DELETE ON ice_settlement
    REFERENCING OLD TABLE AS former
    FOR EACH STATEMENT EXECUTE FUNCTION keep_former_settlement();

-- The default privileges of 009 hold for what the login makes that applied it; this may be another.
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('epd_owner', 'epd_writer', 'epd_reader')) < 3 THEN
        RETURN;
    END IF;
    GRANT SELECT, INSERT, UPDATE, DELETE ON reference_state, settlement_revision TO epd_writer;
    GRANT SELECT ON reference_state, settlement_revision TO epd_reader;
    GRANT ALL ON reference_state, settlement_revision TO epd_owner;
END $$;
