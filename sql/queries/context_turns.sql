-- purpose: how long prompts are by the turn of the conversation
-- grain: one row per workload, agent and turn; turn 60 stands for all later ones
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: workload text; agent text; turn UInt32 n-th call of the agent in the task, from 1; calls count;
--   p50_input Float64 tokens; p95_input Float64 tokens; output Float64 mean tokens; mean_usd
--   Nullable(Float64) USD per priced call; p50_usd Nullable(Float64) USD; p95_usd Nullable(Float64) USD
-- tables: turn_sums, llm_calls
-- Levels are within 1 % of the value where calls of a settled hour are among them; else exact up to 8,192 calls a row,
-- and beyond that taken from as many, chosen by the hash of their start.
SELECT
    toString(c.workload) AS workload,
    toString(c.agent) AS agent,
    toUInt32(c.turn) AS turn,
    sum(c.calls) AS calls,
    calls = sum(loose_calls) AS is_exact,
    if(is_exact, quantilesDeterministicMerge(0.5, 0.95)(input_tokens_exact), quantilesDDMerge(0.01, 0.5, 0.95)(input_tokens)) AS levels_input,
    levels_input[1] AS p50_input,
    levels_input[2] AS p95_input,
    sum(output_tokens) / calls AS output,
    toFloat64(sum(list_cost_usd)) / nullIf(sum(priced_calls), 0) AS mean_usd,
    if(is_exact, quantilesDeterministicMerge(0.5, 0.95)(costs_nano_usd_exact), quantilesDDMerge(0.01, 0.5, 0.95)(costs_nano_usd)) AS levels_nano_usd,
    if(mean_usd IS NULL, NULL, levels_nano_usd[1] / 1e9) AS p50_usd,
    if(mean_usd IS NULL, NULL, levels_nano_usd[2] / 1e9) AS p95_usd
FROM turn_sums_in(from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, longest_s = 86400, tenants = {tenants:Array(String)}) AS c
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, c.model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
GROUP BY workload, agent, turn
ORDER BY workload, agent, turn
LIMIT 3000
