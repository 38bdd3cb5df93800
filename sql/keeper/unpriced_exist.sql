-- purpose: whether any call waits for a price, and since when
-- grain: one row
-- reads: llm_calls
SELECT count() AS calls, toUnixTimestamp(min(started_at)) AS first, toUnixTimestamp(max(started_at)) AS last
FROM llm_calls
WHERE pricing_status IN ('unknown_model', 'no_price_for_bucket') AND is_deleted = 0
