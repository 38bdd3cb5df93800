-- purpose: how the calls of a stretch of time lie, so that they can be gone through piece by piece
-- grain: one day of calls
-- params: from_ and to_ DateTime64(6,'UTC') the stretch
-- reads: llm_calls
SELECT toUnixTimestamp(toStartOfDay(started_at)) AS day, count() AS calls
FROM llm_calls
WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
GROUP BY day
ORDER BY day
