-- purpose: minutes of a stretch of time whose sums a reprice may change
-- grain: one minute
-- params: from_ and to_ DateTime64(6,'UTC') the stretch
-- reads: llm_calls
SELECT DISTINCT toUnixTimestamp(toStartOfMinute(started_at)) AS minute
FROM llm_calls
WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
ORDER BY minute
