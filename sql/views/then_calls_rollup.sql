-- purpose: sums of calls as priced then: list_cost_usd is what they were first priced at; a row a call besides brings what else goes with it
-- grain: one combination of names in one bucket, or one call whose price changed
-- params: into Identifier the database of these views
-- reads: stored_sums, stored_calls
CREATE OR REPLACE VIEW {into:Identifier}.calls_rollup AS
SELECT
    minute, bucket_s, workload, provider, model, tier, agent, environment, service_class, calls, failed_calls, unpriced_calls,
    original_cost_usd AS list_cost_usd, original_cost_usd, abandoned_cost_usd, fresh_input_tokens, cache_read_tokens, cache_write_short_tokens,
    cache_write_long_tokens, cache_known_input_tokens, output_tokens, reasoning_tokens, attempts, escalated_calls, abandoned_calls, duration_s, version, is_deleted, slice
FROM stored_sums
UNION ALL
SELECT
    toStartOfMinute(toDateTime(c.started_at, 'UTC')) AS minute, toUInt16(60), c.workload, c.provider, if(c.response_model != '', c.response_model, c.request_model), c.tier, c.agent,
    c.environment, c.service_class, toUInt64(0), toUInt64(0),
    -- One less wraps around, and so does the sum it is part of.
    toUInt64(toInt64(c.original_cost_usd IS NULL) - toInt64(c.list_cost_usd IS NULL AND c.pricing_status NOT IN ('free', 'not_billed'))),
    toDecimal128(0, 12), toDecimal128(0, 12),
    if(c.abandoned, toDecimal128(ifNull(c.original_cost_usd, 0), 12) - toDecimal128(ifNull(c.list_cost_usd, 0), 12), toDecimal128(0, 12)),
    toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toFloat64(0), toUInt64(0), toUInt8(0), toUInt64(0)
FROM stored_calls AS c
WHERE NOT (c.original_cost_usd <=> c.list_cost_usd)
    AND (c.abandoned OR c.original_cost_usd IS NULL OR c.list_cost_usd IS NULL)
    AND (SELECT max(list_cost_usd != original_cost_usd) FROM stored_sums) > 0
