-- Three group roles to grant to logins: owner, writer, reader. They belong to the whole server, so they may be
-- there already; who may not make roles goes without them, and asks the administrator to run this file.
-- On the embedded server, which trusts whoever may open its socket, roles guard against mistakes only.

DO $$
DECLARE
    role_name  text;
    is_able    boolean := (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user);
BEGIN
    FOREACH role_name IN ARRAY ARRAY['epd_owner', 'epd_writer', 'epd_reader'] LOOP
        IF is_able AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- made for another database of this server in the same moment
            END;
        END IF;
    END LOOP;
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('epd_owner', 'epd_writer', 'epd_reader')) < 3 THEN
        RAISE NOTICE 'the roles epd_owner, epd_writer and epd_reader are missing, and % may not make them', current_user;
        RETURN;
    END IF;

    GRANT USAGE ON SCHEMA public TO epd_reader, epd_writer, epd_owner;
    GRANT CREATE ON SCHEMA public TO epd_owner;

    GRANT SELECT ON ALL TABLES IN SCHEMA public TO epd_reader, epd_writer;
    GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO epd_writer;
    GRANT ALL ON ALL TABLES IN SCHEMA public TO epd_owner;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO epd_writer, epd_owner;

    -- What is made later: an ISO's partitions and views, the tables of files to come.
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO epd_reader, epd_writer;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT, UPDATE, DELETE ON TABLES TO epd_writer;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO epd_owner;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO epd_writer, epd_owner;
END $$;
