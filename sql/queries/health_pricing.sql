-- purpose: how the calls of a period were priced: status, cost now and as first priced, and what emitters said they cost
-- grain: one row per pricing status
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty =
--   all; environments Array(String) empty = all; tiers Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: pricing_status text; calls count; list_usd USD at the price book in force; original_usd USD as first priced; said_calls count priced calls of
--   which the emitter says a cost; said_usd USD it says; ours_usd USD of the same calls by our prices; gap_calls count of those that differ by more than 1 %
-- tables: health_sums, llm_calls
SELECT
    toString(h.pricing_status) AS pricing_status,
    sum(h.calls) AS calls,
    toFloat64(sum(list_cost_usd)) AS list_usd,
    toFloat64(sum(original_cost_usd)) AS original_usd,
    sum(h.said_calls) AS said_calls,
    toFloat64(sum(h.said_usd)) AS said_usd,
    toFloat64(sum(said_list_usd)) AS ours_usd,
    sum(h.gap_calls) AS gap_calls
FROM health_sums_in(from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, longest_s = 86400, tenants = {tenants:Array(String)}) AS h
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, h.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, h.model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, h.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, h.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, h.tier))
GROUP BY pricing_status
ORDER BY calls DESC
