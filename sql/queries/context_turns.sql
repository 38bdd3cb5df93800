-- purpose: how long prompts are by the turn of the conversation
-- grain: one row per workload, agent and turn; turn 60 stands for all later ones
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all
-- columns: workload text; agent text; turn UInt32 n-th call of the agent in the task, from 1; calls count;
--   p50_input Float64 tokens; p95_input Float64 tokens; output Float64 mean tokens; mean_usd
--   Nullable(Float64) USD per priced call; p50_usd Nullable(Float64) USD; p95_usd Nullable(Float64) USD
-- tables: llm_calls

-- Levels are exact up to 8,192 calls a row and beyond that taken from as many, chosen by the hash of their start.
WITH
    ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) AS input,
    toUInt64(toUnixTimestamp64Micro(c.started_at)) AS pick
SELECT
    toString(c.workload) AS workload,
    toString(c.agent) AS agent,
    least(c.turn, 60) AS turn,
    count() AS calls,
    quantilesDeterministic(0.5, 0.95)(input, pick) AS levels_input,
    levels_input[1] AS p50_input,
    levels_input[2] AS p95_input,
    avg(ifNull(output_tokens, 0)) AS output,
    avgOrNullIf(toFloat64(assumeNotNull(list_cost_usd)), list_cost_usd IS NOT NULL) AS mean_usd,
    quantilesDeterministicIf(0.5, 0.95)(toFloat64(assumeNotNull(list_cost_usd)), pick, list_cost_usd IS NOT NULL) AS levels_usd,
    if(mean_usd IS NULL, NULL, levels_usd[1]) AS p50_usd,
    if(mean_usd IS NULL, NULL, levels_usd[2]) AS p95_usd
FROM llm_calls AS c FINAL
WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
  AND fresh_input_tokens IS NOT NULL
GROUP BY workload, agent, turn
ORDER BY workload, agent, turn
LIMIT 3000
