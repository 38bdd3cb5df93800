-- purpose: why answers were not good enough, and what throwing them away cost
-- grain: one row per workload, tier and signal
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: workload text; tier text tier whose answer was not good enough; signal text empty = none
--   recorded; calls count; tasks count; abandoned_usd USD of these answers; unpriced count of calls whose
--   cost is unknown
-- tables: settled_calls, llm_calls
SELECT
    toString(c.workload) AS workload,
    toString(c.tier) AS tier,
    toString(escalation_signal) AS signal,
    count() AS calls,
    uniqExact(task) AS tasks,
    toFloat64(sum(list_cost_usd)) AS abandoned_usd,
    countIf(list_cost_usd IS NULL) AS unpriced
FROM cascade_calls_in(from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}) AS c
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, c.model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, c.tenant))
  AND escalated
GROUP BY workload, tier, signal
ORDER BY abandoned_usd DESC, calls DESC
LIMIT 200
