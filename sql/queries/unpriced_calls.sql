-- purpose: calls whose cost is unknown, and why
-- grain: one row per provider, model and reason, most calls first
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty =
--   all; environments Array(String) empty = all; tiers Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: provider text; model text; pricing_status text why the cost is unknown; calls count; tasks
--   count; last_seen DateTime64(6,'UTC') start of the latest
-- tables: health_sums, llm_calls
-- Distinct counts are exact up to about two thousand.
SELECT
    toString(h.provider) AS provider,
    toString(h.model) AS model,
    toString(h.pricing_status) AS pricing_status,
    sum(costless_calls) AS calls,
    uniqCombined64Merge(14)(costless_tasks) AS tasks,
    max(h.last_seen) AS last_seen
FROM health_sums_in(from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, longest_s = 86400, tenants = {tenants:Array(String)}) AS h
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, h.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, h.model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, h.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, h.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, h.tier))
  AND costless_calls > 0
GROUP BY provider, model, pricing_status
ORDER BY calls DESC
LIMIT 50
