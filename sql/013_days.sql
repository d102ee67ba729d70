-- Who looks at a view asks for days: they are found in the calendar, not by reading the years around them.

CREATE INDEX ON market_hour (market_id, market_date);
