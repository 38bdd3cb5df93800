-- purpose: spend of each day by workload
-- grain: one row per day (UTC) and workload
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all
-- columns: day Date; workload text; spend_usd USD; calls count; unpriced count
-- tables: calls_rollup
SELECT
    toDate(minute) AS day,
    toString(r.workload) AS workload,
    toFloat64(sum(list_cost_usd)) AS spend_usd,
    sum(r.calls) AS calls,
    sum(unpriced_calls) AS unpriced
FROM calls_rollup AS r FINAL
WHERE minute >= {from_:DateTime64(6,'UTC')} AND minute < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, r.workload))
GROUP BY day, workload
ORDER BY day, spend_usd DESC
LIMIT 30000
