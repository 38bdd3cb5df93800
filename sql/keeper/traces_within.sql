-- purpose: how many traces have a span that started in a range
-- grain: one number
-- params: from_ DateTime64(6, 'UTC') inclusive; to_ DateTime64(6, 'UTC') exclusive
-- reads: spans
SELECT count() AS traces
FROM (SELECT 1 FROM spans WHERE started_at >= {from_:DateTime64(6, 'UTC')} AND started_at < {to_:DateTime64(6, 'UTC')} GROUP BY trace_id)
