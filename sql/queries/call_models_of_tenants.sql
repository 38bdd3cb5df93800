-- purpose: for viewers of single tenants: spend, calls and cache use of each model
-- grain: one row per provider, model and tier, dearest first
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty =
--   all; environments Array(String) empty = all; tiers Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: provider text; model text; tier text; calls count; failed count; unpriced count; spend_usd USD;
--   cache_read tokens; cache_known tokens; output tokens
-- tables: call_sums, llm_calls
-- Sums by the minute know no tenant; those of settled hours do, and fit where buckets begin with hours.
SELECT
    toString(r.provider) AS provider,
    toString(r.model) AS model,
    toString(r.tier) AS tier,
    sum(r.calls) AS calls,
    sum(failed_calls) AS failed,
    sum(unpriced_calls) AS unpriced,
    toFloat64(sum(list_cost_usd)) AS spend_usd,
    sum(cache_read_tokens) AS cache_read,
    sum(cache_known_input_tokens) AS cache_known,
    sum(output_tokens) AS output
FROM call_sums_in(froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 86400) AS r
WHERE (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, r.tenant))
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, tier))
GROUP BY provider, model, tier
ORDER BY spend_usd DESC, calls DESC
LIMIT 100
