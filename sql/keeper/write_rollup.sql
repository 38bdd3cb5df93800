-- purpose: sums the calls of some buckets: all that stand there (llm_calls, slice 0), or those of a batch (work_calls)
-- grain: one combination of names in one bucket
-- params: buckets Array(UInt32) starts of the buckets, unix seconds; bucket_s UInt16 their length, 60 or 3600; from_ UInt32 and to_ UInt32 the span they lie in; version UInt64 number of the batch;
--   source Identifier llm_calls or work_calls; slice UInt64 0, or number of the batch
-- reads: llm_calls or work_calls; writes: calls_rollup
INSERT INTO calls_rollup (* EXCEPT slice, slice)
SELECT
    toDateTime(intDiv(toUnixTimestamp(c.started_at), {bucket_s:UInt16}) * {bucket_s:UInt16}, 'UTC') AS minute,
    {bucket_s:UInt16} AS bucket_s,
    c.workload AS workload, c.provider AS provider,
    if(c.response_model != '', c.response_model, c.request_model) AS model,
    c.tier AS tier, c.agent AS agent, c.environment AS environment, c.service_class AS service_class,
    count() AS calls,
    countIf(c.status = 'error') AS failed_calls,
    countIf(c.list_cost_usd IS NULL AND c.pricing_status NOT IN ('free', 'not_billed')) AS unpriced_calls,
    sum(ifNull(toDecimal128(c.list_cost_usd, 12), 0)) AS list_cost_usd,
    sum(ifNull(toDecimal128(c.original_cost_usd, 12), 0)) AS original_cost_usd,
    sumIf(ifNull(toDecimal128(c.list_cost_usd, 12), 0), c.abandoned) AS abandoned_cost_usd,
    sum(ifNull(c.fresh_input_tokens, 0)) AS fresh_input_tokens,
    sum(ifNull(c.cache_read_tokens, 0)) AS cache_read_tokens,
    sum(ifNull(c.cache_write_short_tokens, 0)) AS cache_write_short_tokens,
    sum(ifNull(c.cache_write_long_tokens, 0)) AS cache_write_long_tokens,
    sumIf(ifNull(c.fresh_input_tokens, 0) + ifNull(c.cache_read_tokens, 0) + ifNull(c.cache_write_short_tokens, 0) + ifNull(c.cache_write_long_tokens, 0), isNotNull(c.cache_read_tokens)) AS cache_known_input_tokens,
    sum(ifNull(c.output_tokens, 0)) AS output_tokens,
    sum(ifNull(c.reasoning_tokens, 0)) AS reasoning_tokens,
    countIf(c.attempt IS NOT NULL) AS attempts,
    countIf(c.escalated) AS escalated_calls,
    countIf(c.abandoned) AS abandoned_calls,
    sum(ifNull(c.duration_s, 0)) AS duration_s,
    {version:UInt64} AS version,
    0 AS is_deleted,
    {slice:UInt64} AS slice
FROM {source:Identifier} AS c
WHERE toStartOfMinute(c.started_at) IN (SELECT toDateTime(bucket + second, 'UTC') FROM (SELECT arrayJoin({buckets:Array(UInt32)}) AS bucket) AS b CROSS JOIN (SELECT arrayJoin(range(0, {bucket_s:UInt16}, 60)) AS second) AS s)
    AND c.started_at >= toDateTime({from_:UInt32}, 'UTC') AND c.started_at < toDateTime({to_:UInt32}, 'UTC')
GROUP BY minute, workload, provider, model, tier, agent, environment, service_class
SETTINGS optimize_on_insert = 0, final = 1
