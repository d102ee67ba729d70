-- The calendar: what each UTC hour is on the clock of each ISO, and the three blocks that partition the hours.

CREATE TABLE block (
    block_id    smallint PRIMARY KEY,
    block_type  text NOT NULL UNIQUE,
    day_type    text NOT NULL,
    hour_type   text NOT NULL
);
COMMENT ON TABLE block IS 'The classes of hours that trade as one product';
COMMENT ON COLUMN block.block_id IS 'Key, in the order a desk reads the blocks';
COMMENT ON COLUMN block.block_type IS '5x16, 2x16 or 7x8';
COMMENT ON COLUMN block.day_type IS 'Days of the block: WeekDay, WeekEnd (holidays too), or All';
COMMENT ON COLUMN block.hour_type IS 'OnPeak or OffPeak';

INSERT INTO block VALUES
    (1, '5x16', 'WeekDay', 'OnPeak'),
    (2, '2x16', 'WeekEnd', 'OnPeak'),
    (3, '7x8', 'All', 'OffPeak');

CREATE TABLE market_hour (
    market_id         smallint NOT NULL REFERENCES market,
    interval_start    timestamptz NOT NULL,
    market_date       date NOT NULL,
    year              smallint NOT NULL,
    month             smallint NOT NULL CHECK (month BETWEEN 1 AND 12),
    day               smallint NOT NULL CHECK (day BETWEEN 1 AND 31),
    he                smallint NOT NULL CHECK (he BETWEEN 1 AND 24),
    is_repeated_hour  boolean NOT NULL,
    day_type          text NOT NULL CHECK (day_type IN ('WeekDay', 'WeekEnd')),
    is_holiday        boolean NOT NULL,
    hour_type         text NOT NULL CHECK (hour_type IN ('OnPeak', 'OffPeak')),
    block_id          smallint NOT NULL REFERENCES block,
    PRIMARY KEY (market_id, interval_start)
);
COMMENT ON TABLE market_hour IS 'One row for each hour of each ISO, with its place in local time and its block';
COMMENT ON COLUMN market_hour.market_id IS 'ISO';
COMMENT ON COLUMN market_hour.interval_start IS 'Start of the hour, UTC: what identifies an hour';
COMMENT ON COLUMN market_hour.market_date IS 'Local date of the market';
COMMENT ON COLUMN market_hour.year IS 'Local year';
COMMENT ON COLUMN market_hour.month IS 'Local month';
COMMENT ON COLUMN market_hour.day IS 'Local day of the month';
COMMENT ON COLUMN market_hour.he IS 'Hour ending 1..24, local; twice 2 in November, no 3 in March';
COMMENT ON COLUMN market_hour.is_repeated_hour IS 'Whether this is the second of two hours with the same he';
COMMENT ON COLUMN market_hour.day_type IS 'WeekDay or WeekEnd; a NERC holiday is WeekEnd';
COMMENT ON COLUMN market_hour.is_holiday IS 'Whether the day is a NERC holiday';
COMMENT ON COLUMN market_hour.hour_type IS 'OnPeak or OffPeak';
COMMENT ON COLUMN market_hour.block_id IS 'Block of the hour';
