-- purpose: what each agent read from and wrote to prompt caches, and what that saved or cost it
-- grain: one row per workload, agent, provider, model and service class
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all; tenants Array(String)
--   empty = all
-- columns: workload text; agent text; provider text; model text; calls count; known count calls that report
--   a cache count; fresh tokens; cache_read tokens; write_short tokens; write_long tokens; spend_usd USD;
--   read_usd USD paid for reads; write_usd USD paid for writes; fresh_usd_per_token Nullable(Float64) USD a
--   fresh token cost in these calls, NULL when none is known; marked count calls that name a prompt prefix;
--   silent count of those with neither read nor write; marked_tokens Nullable(Float64) median tokens of the
--   named prefixes; versions count prompt versions; prefixes count distinct named prefixes (sketched above a
--   few thousand)
-- tables: call_levels, llm_calls

-- Levels are within 1 % of the value where calls of a settled hour are among them; else exact up to 8,192 calls a row,
-- and beyond that taken from as many, chosen by the hash of their start. Distinct counts are exact up to about two thousand.
SELECT
    toString(c.workload) AS workload,
    toString(c.agent) AS agent,
    toString(c.provider) AS provider,
    toString(c.model) AS model,
    toString(c.service_class) AS service_class,
    sum(c.calls) AS calls,
    sum(cache_known_calls) AS known,
    sum(cache_known_fresh_tokens) AS fresh,
    sum(cache_read_tokens) AS cache_read,
    sum(cache_write_short_tokens) AS write_short,
    sum(cache_write_long_tokens) AS write_long,
    toFloat64(sum(list_cost_usd)) AS spend_usd,
    toFloat64(sum(cache_read_cost_usd)) AS read_usd,
    toFloat64(sum(cache_write_cost_usd)) AS write_usd,
    if(sum(paid_fresh_tokens) = 0, NULL, toFloat64(sum(paid_fresh_usd)) / sum(paid_fresh_tokens)) AS fresh_usd_per_token,
    sum(marked_calls) AS marked,
    sum(silent_calls) AS silent,
    if(sum(c.calls) = sum(loose_calls), quantilesDeterministicMerge(0.05, 0.5, 0.95, 0.99)(prefix_tokens_exact), quantilesDDMerge(0.01, 0.05, 0.5, 0.95, 0.99)(prefix_tokens)) AS levels_marked,
    if(isNaN(levels_marked[2]), NULL, levels_marked[2]) AS marked_tokens,
    uniqCombined64Merge(14)(prompt_versions) AS versions,
    uniqCombined64Merge(14)(c.prefixes) AS prefixes
FROM call_levels_in(froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 86400, tenants = {tenants:Array(String)}) AS c
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, c.model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
GROUP BY workload, agent, provider, model, service_class
ORDER BY spend_usd DESC, calls DESC
LIMIT 300
