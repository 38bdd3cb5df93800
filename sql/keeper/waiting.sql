-- purpose: how much the keeper has yet to recompute, and since when
-- grain: one row
-- reads: touched_keys
SELECT count() AS waiting, if(count() = 0, 0, dateDiff('millisecond', min(ingested_at), now64(6, 'UTC')) / 1000) AS lag_s
FROM touched_keys
