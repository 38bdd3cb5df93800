-- purpose: for viewers of single tenants: spend of each day by workload
-- grain: one row per day (UTC) and workload
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: day Date; workload text; spend_usd USD; calls count; unpriced count
-- tables: call_sums, llm_calls
-- Sums by the minute know no tenant; those of settled hours do, and fit where buckets begin with hours.
SELECT
    toDate(at) AS day,
    toString(r.workload) AS workload,
    toFloat64(sum(list_cost_usd)) AS spend_usd,
    sum(r.calls) AS calls,
    sum(unpriced_calls) AS unpriced
FROM call_sums_in(froms = [{from_:DateTime64(6,'UTC')}], tos = [{to_:DateTime64(6,'UTC')}], longest_s = 3600) AS r
WHERE (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, r.tenant))
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, r.workload))
GROUP BY day, workload
ORDER BY day, spend_usd DESC
LIMIT 30000
