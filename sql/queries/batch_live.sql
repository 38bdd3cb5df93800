-- purpose: live and batched spend of each kind of call, and how much of the live part nobody waits for
-- grain: one row per workload, agent, step, provider, model, latency class and service class
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all; tenants Array(String)
--   empty = all
-- columns: workload text; agent text; step text; provider text; model text; latency_class text interactive,
--   offline or empty; service_class text; calls count; tasks count; failed count; unpriced count; spend_usd
--   USD; input_usd USD of fresh input, cache reads and writes; output_usd USD; input tokens all input;
--   cache_read tokens; fresh_usd_per_token Nullable(Float64) USD a fresh token cost in these calls
-- tables: call_levels, llm_calls

-- Distinct tasks are exact up to about two thousand, beyond that within 1 %.
SELECT
    toString(c.workload) AS workload,
    toString(c.agent) AS agent,
    toString(c.step) AS step,
    toString(c.provider) AS provider,
    toString(c.model) AS model,
    toString(c.latency_class) AS latency_class,
    toString(c.service_class) AS service_class,
    sum(c.calls) AS calls,
    uniqCombined64Merge(14)(c.tasks) AS tasks,
    sum(failed_calls) AS failed,
    sum(unpriced_calls) AS unpriced,
    toFloat64(sum(list_cost_usd)) AS spend_usd,
    toFloat64(sum(fresh_input_cost_usd + cache_read_cost_usd + cache_write_cost_usd)) AS input_usd,
    toFloat64(sum(output_cost_usd)) AS output_usd,
    sum(fresh_input_tokens + cache_read_tokens + cache_write_short_tokens + cache_write_long_tokens) AS input,
    sum(cache_read_tokens) AS cache_read,
    if(sum(paid_fresh_tokens) = 0, NULL, toFloat64(sum(paid_fresh_usd)) / sum(paid_fresh_tokens)) AS fresh_usd_per_token
FROM call_levels_in(froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 86400, tenants = {tenants:Array(String)}) AS c
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, c.model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
GROUP BY workload, agent, step, provider, model, latency_class, service_class
ORDER BY spend_usd DESC, calls DESC
LIMIT 300
