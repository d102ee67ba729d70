-- Roles that hold: nobody but the three roles has a right, a reader only reads, and a writer cannot change what the
-- database is for. What only a superuser may change is left as it is where the login is none.

DO $$
DECLARE
    is_super      boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
    is_owner      boolean := (SELECT pg_has_role(current_user, datdba, 'USAGE') FROM pg_database WHERE datname = current_database());
    is_embedded   boolean := current_setting('listen_addresses') = '';
    routine       regprocedure;
    other         text;
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('epd_owner', 'epd_writer', 'epd_reader')) < 3 THEN
        RETURN;
    END IF;

    -- What only who migrates may change: which numbers the database holds, and which files were applied to it.
    REVOKE INSERT, UPDATE, DELETE ON database_identity, schema_migration FROM epd_writer;

    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO epd_reader, epd_writer, epd_owner;
    ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO epd_reader, epd_writer, epd_owner;

    IF is_super THEN
        -- Roles and databases belong to the whole server: one database after the other changes them.
        LOCK TABLE pg_catalog.pg_authid, pg_catalog.pg_database IN SHARE ROW EXCLUSIVE MODE;
    END IF;
    IF is_super OR is_owner THEN
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO epd_reader, epd_writer, epd_owner', current_database());
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO epd_writer, epd_owner', current_database());
    END IF;
    IF NOT is_super THEN
        RAISE NOTICE 'only a superuser can take large objects, advisory locks and signals from readers: docs/running.md';
        RETURN;
    END IF;

    -- A lock that a reader holds would stop writers, and a large object fills the disk.
    FOR routine IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace
          AND (proname ~ '^(lo_|lowrite$|pg_(try_)?advisory_)' OR proname IN ('pg_cancel_backend', 'pg_terminate_backend', 'pg_notify'))
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', routine);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO epd_writer, epd_owner', routine);
    END LOOP;

    -- Whoever reaches the embedded server's socket is its owner's process: there a reader needs no password.
    IF is_embedded THEN
        ALTER ROLE epd_reader LOGIN;
        ALTER ROLE epd_reader SET default_transaction_read_only = on;
        ALTER ROLE epd_reader SET statement_timeout = '10min';
        ALTER ROLE epd_reader SET idle_in_transaction_session_timeout = '10min';
        FOREACH other IN ARRAY ARRAY['postgres', 'template1'] LOOP
            EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', other);
        END LOOP;
    END IF;
END $$;
