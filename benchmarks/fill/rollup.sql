-- purpose: the sums of the benchmark's calls by minute
-- grain: one combination of names in one minute
-- params: from_ UInt32 and to_ UInt32 unix seconds
INSERT INTO calls_rollup (minute, bucket_s, workload, provider, model, tier, agent, service_class, calls, list_cost_usd, original_cost_usd, fresh_input_tokens, cache_read_tokens, cache_known_input_tokens, output_tokens, version)
SELECT
    toStartOfMinute(c.started_at) AS minute, 60, c.workload, 'anthropic', c.model, c.tier, c.agent, 'standard',
    count(), sum(toDecimal128(c.usd, 12)), sum(toDecimal128(c.usd, 12)), sum(c.fresh), sum(c.cache_read), sum(c.fresh + c.cache_read), sum(c.output), 1
FROM bench_calls AS c
WHERE c.started_at >= toDateTime({from_:UInt32}, 'UTC') AND c.started_at < toDateTime({to_:UInt32}, 'UTC')
GROUP BY minute, c.workload, c.model, c.tier, c.agent
