-- Settlements as ICE and NGX publish them, which files they came from, and which mails were sent.

CREATE TABLE ice_settlement (
    trade_date        date NOT NULL,
    strip             date NOT NULL,
    expiration_date   date,
    run_id            integer NOT NULL REFERENCES pipeline_run,
    strike            double precision NOT NULL
                      CHECK (strike = 'NaN' OR abs(strike) < 'Infinity'),
    settlement_price  double precision NOT NULL CHECK (abs(settlement_price) < 'Infinity'),
    net_change        double precision CHECK (abs(net_change) < 'Infinity'),
    contract          text NOT NULL,
    contract_type     text NOT NULL CHECK (contract_type <> ''),
    product_id        text NOT NULL,
    hub               text NOT NULL,
    product           text NOT NULL,
    report            text NOT NULL,
    PRIMARY KEY (trade_date, contract, contract_type, strip, strike, product_id)
);
COMMENT ON TABLE ice_settlement IS 'Settlement prices of ICE and NGX contracts, a row for each trade date, contract, strip and strike';
COMMENT ON COLUMN ice_settlement.trade_date IS 'Day of the settlement, New York date';
COMMENT ON COLUMN ice_settlement.strip IS 'First day of delivery: the 1st of a month for monthly contracts';
COMMENT ON COLUMN ice_settlement.expiration_date IS 'Last day of trading; NULL: not given';
COMMENT ON COLUMN ice_settlement.run_id IS 'The run that wrote the row';
COMMENT ON COLUMN ice_settlement.strike IS 'Strike of an option; NaN for what has none, because a key holds no NULL';
COMMENT ON COLUMN ice_settlement.settlement_price IS 'Settlement price in the unit of the contract: power $/MWh, gas $/MMBtu, NGX as the contract says';
COMMENT ON COLUMN ice_settlement.net_change IS 'Change against the trade date before, as published; NULL: not given';
COMMENT ON COLUMN ice_settlement.contract IS 'Code of the contract: PMI, OPJ, ERN ...';
COMMENT ON COLUMN ice_settlement.contract_type IS 'F future; C, P options; ICE documents no list, so others are taken as they come';
COMMENT ON COLUMN ice_settlement.product_id IS 'ICE''s number of the product';
COMMENT ON COLUMN ice_settlement.hub IS 'Hub, as published';
COMMENT ON COLUMN ice_settlement.product IS 'Name of the product, as published';
COMMENT ON COLUMN ice_settlement.report IS 'The report it came in: icecleared_power, ngxcleared_gas ...';

CREATE TABLE settlement_report (
    trade_date   date NOT NULL,
    report       text NOT NULL,
    file_name    text NOT NULL,
    sha256       text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    n_rows       integer NOT NULL CHECK (n_rows >= 0),
    n_repeated   integer NOT NULL CHECK (n_repeated >= 0),
    n_rejected   integer NOT NULL CHECK (n_rejected >= 0),
    n_withdrawn  integer NOT NULL CHECK (n_withdrawn >= 0),
    run_id       integer NOT NULL REFERENCES pipeline_run,
    loaded_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (trade_date, report)
);
COMMENT ON TABLE settlement_report IS 'The file of each report that is in ice_settlement; the latest, where it was corrected';
COMMENT ON COLUMN settlement_report.trade_date IS 'Trade date';
COMMENT ON COLUMN settlement_report.report IS 'icecleared_power, icecleared_gas, ngxcleared_power or ngxcleared_gas';
COMMENT ON COLUMN settlement_report.file_name IS 'Name of the file';
COMMENT ON COLUMN settlement_report.sha256 IS 'SHA-256 of the file as it was published';
COMMENT ON COLUMN settlement_report.n_rows IS 'Settlements in it';
COMMENT ON COLUMN settlement_report.n_repeated IS 'Lines that only repeated another';
COMMENT ON COLUMN settlement_report.n_rejected IS 'Lines that could not be used';
COMMENT ON COLUMN settlement_report.n_withdrawn IS 'Settlements of the version before that it no longer has; they were deleted';
COMMENT ON COLUMN settlement_report.run_id IS 'The run that loaded this version';
COMMENT ON COLUMN settlement_report.loaded_at IS 'When this version was loaded; the same file again leaves it alone';

CREATE TABLE mail_log (
    kind            text NOT NULL,
    subject_key     text NOT NULL,
    content_sha256  text NOT NULL CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),
    run_id          integer NOT NULL REFERENCES pipeline_run,
    sent_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, subject_key, content_sha256)
);
COMMENT ON TABLE mail_log IS 'What was mailed, so that nothing is mailed twice';
COMMENT ON COLUMN mail_log.kind IS 'What the mail is about: settlements ...';
COMMENT ON COLUMN mail_log.subject_key IS 'Which part of it: the trade date of a summary, the name of a file that came late ...';
COMMENT ON COLUMN mail_log.content_sha256 IS 'SHA-256 of that part';
COMMENT ON COLUMN mail_log.run_id IS 'The run that mailed it';
COMMENT ON COLUMN mail_log.sent_at IS 'When its mail was handed to the server';
