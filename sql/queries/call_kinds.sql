-- purpose: each kind of call of a workload: how often, how fast, how full its context, how near its limits
-- grain: one row per workload, agent, step, model and tier, most calls first
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all
-- columns: workload text; agent text; step text; provider text; model text; tier text; calls count; tasks
--   count; spend_usd USD; unpriced count; failed count; refused count calls refused by a rate limit;
--   p50_first_s Nullable(Float64) seconds to the first chunk of streamed calls; p95_first_s
--   Nullable(Float64); p99_first_s Nullable(Float64); streamed count calls that report it; p50_s
--   Nullable(Float64) seconds; p95_s Nullable(Float64) seconds; p50_input Nullable(Float64) tokens; p95_input
--   Nullable(Float64) tokens; max_input tokens; least_tokens_left Nullable(UInt64) lowest rate-limit headroom
--   seen, tokens; p5_tokens_left Nullable(Float64) tokens; least_calls_left Nullable(UInt64) calls;
--   limits_seen count calls that report headroom
-- tables: llm_calls
-- Levels are exact up to 8,192 calls a row and beyond that taken from as many, chosen by the hash of their start.
WITH toUInt64(toUnixTimestamp64Micro(c.started_at)) AS pick
SELECT
    toString(c.workload) AS workload,
    toString(c.agent) AS agent,
    toString(c.step) AS step,
    toString(c.provider) AS provider,
    toString(if(c.response_model != '', c.response_model, c.request_model)) AS model,
    toString(c.tier) AS tier,
    count() AS calls,
    uniq(c.task_id) AS tasks,
    toFloat64(sum(ifNull(list_cost_usd, toDecimal64(0, 12)))) AS spend_usd,
    countIf(list_cost_usd IS NULL AND pricing_status NOT IN ('free', 'not_billed')) AS unpriced,
    countIf(c.status = 'error') AS failed,
    countIf(c.status = 'error' AND match(lower(c.error_type), '429|rate.?limit|too.?many.?requests|overloaded|throttl')) AS refused,
    quantilesDeterministicIf(0.5, 0.95, 0.99)(assumeNotNull(time_to_first_chunk_s), pick, time_to_first_chunk_s IS NOT NULL) AS levels_first_s,
    if(isNaN(levels_first_s[1]), NULL, levels_first_s[1]) AS p50_first_s,
    if(isNaN(levels_first_s[2]), NULL, levels_first_s[2]) AS p95_first_s,
    if(isNaN(levels_first_s[3]), NULL, levels_first_s[3]) AS p99_first_s,
    countIf(time_to_first_chunk_s IS NOT NULL) AS streamed,
    quantilesDeterministicIf(0.5, 0.95)(assumeNotNull(c.duration_s), pick, c.duration_s IS NOT NULL) AS levels_s,
    if(isNaN(levels_s[1]), NULL, levels_s[1]) AS p50_s,
    if(isNaN(levels_s[2]), NULL, levels_s[2]) AS p95_s,
    quantilesDeterministicIf(0.5, 0.95)(ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0), pick, fresh_input_tokens IS NOT NULL) AS levels_input,
    if(isNaN(levels_input[1]), NULL, levels_input[1]) AS p50_input,
    if(isNaN(levels_input[2]), NULL, levels_input[2]) AS p95_input,
    max(ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0)) AS max_input,
    minOrNullIf(assumeNotNull(rate_limit_remaining_tokens), rate_limit_remaining_tokens IS NOT NULL) AS least_tokens_left,
    quantileDeterministicOrNullIf(0.05)(assumeNotNull(rate_limit_remaining_tokens), pick, rate_limit_remaining_tokens IS NOT NULL) AS p5_tokens_left,
    minOrNullIf(assumeNotNull(rate_limit_remaining_calls), rate_limit_remaining_calls IS NOT NULL) AS least_calls_left,
    countIf(rate_limit_remaining_tokens IS NOT NULL OR rate_limit_remaining_calls IS NOT NULL) AS limits_seen
FROM llm_calls AS c FINAL
WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
GROUP BY workload, agent, step, provider, model, tier
ORDER BY calls DESC
LIMIT 300
