-- purpose: the sums of six hours of calls by minute
-- grain: one combination of names in one minute
-- params: from_ UInt32 start, unix seconds
INSERT INTO calls_rollup (minute, bucket_s, workload, provider, model, tier, agent, environment, service_class, calls, list_cost_usd, original_cost_usd, fresh_input_tokens, cache_read_tokens, cache_known_input_tokens, output_tokens, version)
SELECT
    toStartOfMinute(c.started_at) AS minute, 60, c.workload, c.provider, c.response_model, c.tier, c.agent, c.environment, 'standard',
    count(), sum(toDecimal128(c.list_cost_usd, 12)), sum(toDecimal128(c.list_cost_usd, 12)), sum(c.fresh_input_tokens),
    sum(c.cache_read_tokens), sum(c.fresh_input_tokens + c.cache_read_tokens), sum(c.output_tokens), 1
FROM llm_calls AS c
WHERE c.ingested_at = toDateTime({from_:UInt32}, 'UTC')
  AND c.started_at >= toDateTime({from_:UInt32}, 'UTC') AND c.started_at < toDateTime({from_:UInt32} + 21600 + 60, 'UTC')
GROUP BY minute, c.workload, c.provider, c.response_model, c.tier, c.agent, c.environment
