-- purpose: assumptions that the costs of a period rest on
-- grain: one row per note, most calls first
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty =
--   all; environments Array(String) empty = all; tiers Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: note text alias, lifetime_assumed_short, context_fallback, override, overlay, aggregate_without_calls, ...; calls count; list_usd USD; example_task text
-- tables: health_sums, llm_calls
SELECT
    arrayJoin(arrayFilter(n -> n != '', splitByChar(',', toString(h.pricing_note)))) AS note,
    sum(h.calls) AS calls,
    toFloat64(sum(list_cost_usd)) AS list_usd,
    argMax(last_task, last_seen) AS example_task
FROM health_sums_in(from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, longest_s = 86400, tenants = {tenants:Array(String)}) AS h
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, h.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, h.model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, h.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, h.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, h.tier))
  AND h.pricing_note != ''
GROUP BY note
ORDER BY calls DESC
LIMIT 50
