-- The distance takes the ratio's place also where the past, and not only the quote, is near or below zero.

COMMENT ON COLUMN cost_curve.is_additive_split IS 'Whether the quote, or a historic mean that the ratio to it needs, is under $1/MWh, so that the block''s forward follows from it by the historic difference in $/MWh and not by the ratio; NULL in versions of before it was kept';
