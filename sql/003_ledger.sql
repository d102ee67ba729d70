-- The ledger: what ran, how it ended, and every write with its counts.

CREATE TABLE pipeline_run (
    run_id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at   timestamptz,
    outcome       text,
    source        text NOT NULL,
    as_of         date NOT NULL,
    window_start  date,
    window_end    date,
    git_revision  text,
    parameters    jsonb NOT NULL,
    versions      jsonb NOT NULL,
    host          text NOT NULL,
    pid           integer NOT NULL
);
COMMENT ON TABLE pipeline_run IS 'One row for each run of the pipeline';
COMMENT ON COLUMN pipeline_run.run_id IS 'Key';
COMMENT ON COLUMN pipeline_run.started_at IS 'When the run began';
COMMENT ON COLUMN pipeline_run.finished_at IS 'When it ended; NULL while it runs';
COMMENT ON COLUMN pipeline_run.outcome IS 'How it ended, as the runner says; interrupted: its process died; NULL while it runs';
COMMENT ON COLUMN pipeline_run.source IS 'Where the series came from: demo, files:DIR';
COMMENT ON COLUMN pipeline_run.as_of IS 'The clock of the run';
COMMENT ON COLUMN pipeline_run.window_start IS 'First local day asked for; NULL: all there is';
COMMENT ON COLUMN pipeline_run.window_end IS 'Last local day asked for, included; NULL: all there is';
COMMENT ON COLUMN pipeline_run.git_revision IS 'Commit of the code; NULL outside a git repository';
COMMENT ON COLUMN pipeline_run.parameters IS 'Parameters of the notebooks and of the run';
COMMENT ON COLUMN pipeline_run.versions IS 'Versions of Python, of the packages and of the server';
COMMENT ON COLUMN pipeline_run.host IS 'Machine it ran on';
COMMENT ON COLUMN pipeline_run.pid IS 'Process id on that machine';

CREATE TABLE pipeline_task (
    run_id       integer NOT NULL REFERENCES pipeline_run,
    notebook     text NOT NULL,
    iso          text NOT NULL,
    outcome      text,
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at  timestamptz,
    seconds      double precision,
    error        text,
    n_read       bigint,
    n_written    bigint,
    n_revised    bigint,
    PRIMARY KEY (run_id, notebook, iso)
);
COMMENT ON TABLE pipeline_task IS 'One row for each notebook and ISO of a run';
COMMENT ON COLUMN pipeline_task.run_id IS 'The run';
COMMENT ON COLUMN pipeline_task.notebook IS 'Name of the notebook';
COMMENT ON COLUMN pipeline_task.iso IS 'ISO; empty for a notebook about all of them';
COMMENT ON COLUMN pipeline_task.outcome IS 'How it ended, as the runner says; NULL while it runs';
COMMENT ON COLUMN pipeline_task.started_at IS 'When it began';
COMMENT ON COLUMN pipeline_task.finished_at IS 'When it ended';
COMMENT ON COLUMN pipeline_task.seconds IS 'How long it took';
COMMENT ON COLUMN pipeline_task.error IS 'What failed; NULL if nothing did';
COMMENT ON COLUMN pipeline_task.n_read IS 'Rows given to the task''s writes, by pipeline_write';
COMMENT ON COLUMN pipeline_task.n_written IS 'New rows stored';
COMMENT ON COLUMN pipeline_task.n_revised IS 'Stored rows whose values changed';

CREATE TABLE pipeline_write (
    write_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id      integer NOT NULL REFERENCES pipeline_run,
    notebook    text NOT NULL,
    iso         text NOT NULL,
    relation    text NOT NULL,
    n_read      bigint NOT NULL,
    n_written   bigint NOT NULL,
    n_revised   bigint NOT NULL,
    written_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON pipeline_write (run_id, notebook, iso);
COMMENT ON TABLE pipeline_write IS 'One row for each write, made in its transaction: the counts cannot disagree with the data';
COMMENT ON COLUMN pipeline_write.write_id IS 'Key';
COMMENT ON COLUMN pipeline_write.run_id IS 'The run that wrote';
COMMENT ON COLUMN pipeline_write.notebook IS 'Its notebook';
COMMENT ON COLUMN pipeline_write.iso IS 'ISO of the task; empty for a notebook about all of them';
COMMENT ON COLUMN pipeline_write.relation IS 'Table written to';
COMMENT ON COLUMN pipeline_write.n_read IS 'Rows given to the write';
COMMENT ON COLUMN pipeline_write.n_written IS 'New rows stored';
COMMENT ON COLUMN pipeline_write.n_revised IS 'Stored rows whose values changed';
COMMENT ON COLUMN pipeline_write.written_at IS 'When';
