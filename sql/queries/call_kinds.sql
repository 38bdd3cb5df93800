-- purpose: each kind of call of a workload: how often, how fast, how full its context, how near its limits
-- grain: one row per workload, agent, step, model and tier, most calls first
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all; tenants Array(String)
--   empty = all
-- columns: workload text; agent text; step text; provider text; model text; tier text; calls count; tasks
--   count; spend_usd USD; unpriced count; failed count; refused count calls refused by a rate limit;
--   p50_first_s Nullable(Float64) seconds to the first chunk of streamed calls; p95_first_s
--   Nullable(Float64); p99_first_s Nullable(Float64); streamed count calls that report it; p50_s
--   Nullable(Float64) seconds; p95_s Nullable(Float64) seconds; p50_input Nullable(Float64) tokens; p95_input
--   Nullable(Float64) tokens; max_input tokens; least_tokens_left Nullable(UInt64) lowest rate-limit headroom
--   seen, tokens; p5_tokens_left Nullable(Float64) tokens; least_calls_left Nullable(UInt64) calls;
--   limits_seen count calls that report headroom
-- tables: call_levels, llm_calls

-- Levels are within 1 % of the value where calls of a settled hour are among them; else exact up to 8,192 calls a row,
-- and beyond that taken from as many, chosen by the hash of their start. Distinct counts are exact up to about two thousand.
SELECT
    toString(c.workload) AS workload,
    toString(c.agent) AS agent,
    toString(c.step) AS step,
    toString(c.provider) AS provider,
    toString(c.model) AS model,
    toString(c.tier) AS tier,
    sum(c.calls) AS calls,
    uniqCombined64Merge(14)(c.tasks) AS tasks,
    toFloat64(sum(list_cost_usd)) AS spend_usd,
    sum(unpriced_calls) AS unpriced,
    sum(failed_calls) AS failed,
    sum(refused_calls) AS refused,
    if(sum(c.calls) = sum(loose_calls), quantilesDeterministicMerge(0.05, 0.5, 0.95, 0.99)(first_chunk_us_exact), quantilesDDMerge(0.01, 0.05, 0.5, 0.95, 0.99)(first_chunk_us)) AS levels_first_s,
    if(isNaN(levels_first_s[2]), NULL, levels_first_s[2] / 1e6) AS p50_first_s,
    if(isNaN(levels_first_s[3]), NULL, levels_first_s[3] / 1e6) AS p95_first_s,
    if(isNaN(levels_first_s[4]), NULL, levels_first_s[4] / 1e6) AS p99_first_s,
    sum(streamed_calls) AS streamed,
    if(sum(c.calls) = sum(loose_calls), quantilesDeterministicMerge(0.05, 0.5, 0.95, 0.99)(durations_us_exact), quantilesDDMerge(0.01, 0.05, 0.5, 0.95, 0.99)(durations_us)) AS levels_s,
    if(isNaN(levels_s[2]), NULL, levels_s[2] / 1e6) AS p50_s,
    if(isNaN(levels_s[3]), NULL, levels_s[3] / 1e6) AS p95_s,
    if(sum(c.calls) = sum(loose_calls), quantilesDeterministicMerge(0.05, 0.5, 0.95, 0.99)(input_tokens_exact), quantilesDDMerge(0.01, 0.05, 0.5, 0.95, 0.99)(input_tokens)) AS levels_input,
    if(isNaN(levels_input[2]), NULL, levels_input[2]) AS p50_input,
    if(isNaN(levels_input[3]), NULL, levels_input[3]) AS p95_input,
    max(max_input_tokens) AS max_input,
    sum(limited_calls) AS limits_seen,
    nullIf(min(c.least_tokens_left), 18446744073709551615) AS least_tokens_left,
    if(sum(c.calls) = sum(loose_calls), quantilesDeterministicMerge(0.05, 0.5, 0.95, 0.99)(tokens_left_exact), quantilesDDMerge(0.01, 0.05, 0.5, 0.95, 0.99)(tokens_left)) AS levels_left,
    if(isNaN(levels_left[1]), NULL, levels_left[1]) AS p5_tokens_left,
    nullIf(min(c.least_calls_left), 18446744073709551615) AS least_calls_left
FROM call_levels_in(froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 86400, tenants = {tenants:Array(String)}) AS c
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, c.model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
GROUP BY workload, agent, step, provider, model, tier
ORDER BY calls DESC
LIMIT 300
