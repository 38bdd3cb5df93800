-- purpose: minutes of a stretch of time that have calls written since a reprice began with them
-- grain: one minute
-- params: from_ and to_ DateTime64(6,'UTC') the stretch; version UInt64 number of what wrote the calls, 0 = all
-- reads: llm_calls
SELECT DISTINCT toUnixTimestamp(toStartOfMinute(started_at)) AS minute
FROM llm_calls
WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')} AND version >= {version:UInt64}
ORDER BY minute
