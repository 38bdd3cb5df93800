-- purpose: what sums add up of one call, each rule in one place
-- grain: one call
CREATE VIEW IF NOT EXISTS call_facts AS
SELECT
    c.started_at AS started_at, c.task_id AS task_id,
    c.workload AS workload, c.agent AS agent, c.agent_role AS agent_role, c.architecture AS architecture, c.step AS step, c.provider AS provider,
    if(c.response_model != '', c.response_model, c.request_model) AS model,
    c.tier AS tier, c.service_class AS service_class, c.latency_class AS latency_class, c.prompt_version AS prompt_version, c.change AS change,
    c.tenant AS tenant, c.environment AS environment,
    c.status = 'error' AS is_failed,
    c.status = 'error' AND match(lower(c.error_type), '429|rate.?limit|too.?many.?requests|overloaded|throttl') AS is_refused,
    c.list_cost_usd IS NOT NULL AS is_priced,
    c.list_cost_usd IS NULL AND c.pricing_status NOT IN ('free', 'not_billed') AS is_unpriced,
    c.original_cost_usd IS NOT NULL AND NOT (c.original_cost_usd <=> c.list_cost_usd) AS is_repriced,
    position(c.pricing_note, 'context_fallback') > 0 AS is_fallback,
    c.abandoned AS is_abandoned, c.attempt IS NOT NULL AS is_attempt, c.escalated AS is_escalated,
    ifNull(c.list_cost_usd, toDecimal64(0, 12)) AS usd,
    ifNull(c.fresh_input_cost_usd, toDecimal64(0, 12)) AS fresh_usd, ifNull(c.cache_read_cost_usd, toDecimal64(0, 12)) AS read_usd,
    ifNull(c.cache_write_cost_usd, toDecimal64(0, 12)) AS write_usd, ifNull(c.output_cost_usd, toDecimal64(0, 12)) AS output_usd,
    ifNull(c.tool_fee_usd, toDecimal64(0, 12)) AS fee_usd,
    c.reported_cost_usd IS NOT NULL AS is_reported, ifNull(c.reported_cost_usd, toDecimal64(0, 12)) AS reported_usd,
    c.fresh_input_tokens IS NOT NULL AS knows_input, c.cache_read_tokens IS NOT NULL AS knows_cache,
    ifNull(c.fresh_input_tokens, 0) AS fresh, ifNull(c.cache_read_tokens, 0) AS read,
    ifNull(c.cache_write_short_tokens, 0) AS short, ifNull(c.cache_write_long_tokens, 0) AS long, ifNull(c.output_tokens, 0) AS output,
    fresh + read + short + long AS input,
    fresh > 0 AND c.fresh_input_cost_usd IS NOT NULL AS paid_fresh,
    ifNull(c.retries, 0) AS retries,
    c.duration_s AS duration_s, c.time_to_first_chunk_s AS first_s,
    c.rate_limit_remaining_tokens AS tokens_left, c.rate_limit_remaining_calls AS calls_left,
    c.prefix_hash AS prefix_hash, c.prefix_tokens AS prefix_tokens,
    c.prefix_hash != '' AND c.cache_read_tokens = 0 AND c.cache_write_short_tokens = 0 AND long = 0 AS is_silent,
    c.price_book_version AS price_book_version, c.price_row AS price_row
FROM llm_calls AS c FINAL
