-- purpose: sums of calls at one price book: counts as they are summed, and costs a row a call
-- grain: one combination of names in one bucket, or one call
-- params: into Identifier the database of these views
-- reads: stored_sums, llm_calls of this database
CREATE OR REPLACE VIEW {into:Identifier}.calls_rollup AS
SELECT
    minute, bucket_s, workload, provider, model, tier, agent, environment, service_class, calls, failed_calls, toUInt64(0) AS unpriced_calls,
    toDecimal128(0, 12) AS list_cost_usd, original_cost_usd, toDecimal128(0, 12) AS abandoned_cost_usd, fresh_input_tokens, cache_read_tokens, cache_write_short_tokens,
    cache_write_long_tokens, cache_known_input_tokens, output_tokens, reasoning_tokens, attempts, escalated_calls, abandoned_calls, duration_s, version, is_deleted, slice
FROM stored_sums
UNION ALL
SELECT
    toStartOfMinute(toDateTime(c.started_at, 'UTC')) AS minute, toUInt16(60), c.workload, c.provider, if(c.response_model != '', c.response_model, c.request_model), c.tier, c.agent,
    c.environment, c.service_class, toUInt64(0), toUInt64(0),
    toUInt64(c.list_cost_usd IS NULL AND c.pricing_status NOT IN ('free', 'not_billed')),
    toDecimal128(ifNull(c.list_cost_usd, 0), 12), toDecimal128(0, 12), toDecimal128(if(c.abandoned, ifNull(c.list_cost_usd, 0), 0), 12),
    toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toUInt64(0), toFloat64(0), toUInt64(0), toUInt8(0), toUInt64(0)
FROM llm_calls AS c
