-- purpose: what each agent cost and did, by its role
-- grain: one row per workload, architecture, agent and role
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all; tenants Array(String)
--   empty = all
-- columns: workload text; architecture text empty = not labelled; agent text; role text orchestrator,
--   worker or empty; calls count; tasks count; failed count; retries count; unpriced count; spend_usd USD;
--   input tokens; output tokens; retried_tokens tokens of calls that failed or were thrown away; p95_usd
--   Nullable(Float64) USD per priced call; duration_s sum of seconds
-- tables: call_levels, llm_calls

-- Levels are within 1 % of the value where calls of a settled hour are among them; else exact up to 8,192 calls a row,
-- and beyond that taken from as many, chosen by the hash of their start. Distinct counts are exact up to about two thousand.
SELECT
    toString(c.workload) AS workload,
    toString(c.architecture) AS architecture,
    toString(c.agent) AS agent,
    toString(c.agent_role) AS role,
    sum(c.calls) AS calls,
    uniqCombined64Merge(14)(c.tasks) AS tasks,
    sum(failed_calls) AS failed,
    sum(c.retries) AS retries,
    sum(unpriced_calls) AS unpriced,
    toFloat64(sum(list_cost_usd)) AS spend_usd,
    sum(fresh_input_tokens + cache_read_tokens + cache_write_short_tokens + cache_write_long_tokens) AS input,
    sum(output_tokens) AS output,
    sum(c.retried_tokens) AS retried_tokens,
    if(sum(c.calls) = sum(loose_calls), quantilesDeterministicMerge(0.05, 0.5, 0.95, 0.99)(costs_nano_usd_exact), quantilesDDMerge(0.01, 0.05, 0.5, 0.95, 0.99)(costs_nano_usd)) AS levels_usd,
    if(isNaN(levels_usd[3]), NULL, levels_usd[3] / 1e9) AS p95_usd,
    sum(c.duration_s) AS duration_s
FROM call_levels_in(froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 86400, tenants = {tenants:Array(String)}) AS c
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, c.model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
GROUP BY workload, architecture, agent, role
ORDER BY spend_usd DESC, calls DESC
LIMIT 300
