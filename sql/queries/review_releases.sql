-- purpose: what tasks of each release cost, hour by hour of the day
-- grain: one row per workload, release (change, pull request, prompt version), day and hour of the day
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: workload text; change text; pull_request text; prompt_version text; day Date; hour UInt8 of the
--   day, UTC; first_seen DateTime64(6,'UTC') end of the first of these tasks; tasks count priced tasks;
--   cost_usd USD; cost2 Float64 sum of squares; judged count; successes count
-- tables: tasks

-- The day bounds prune partitions; identity() keeps the exact bounds away from pruning inside a day,
-- where dropping the part with a task's newest version would leave an older one standing.
SELECT
    toString(t.workload) AS workload,
    toString(t.change) AS change,
    toString(t.pull_request) AS pull_request,
    toString(t.prompt_version) AS prompt_version,
    toDate(identity(ended_at)) AS day,
    toHour(ended_at) AS hour,
    min(ended_at) AS first_seen,
    countIf(unpriced_calls = 0) AS tasks,
    sumIf(toFloat64(list_cost_usd), unpriced_calls = 0) AS cost_usd,
    sumIf(toFloat64(list_cost_usd) * toFloat64(list_cost_usd), unpriced_calls = 0) AS cost2,
    countIf(success IS NOT NULL) AS judged,
    countIf(success) AS successes
FROM tasks AS t FINAL
WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
  AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, t.workload))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
  AND (change != '' OR prompt_version != '')
GROUP BY workload, change, pull_request, prompt_version, day, hour
ORDER BY workload, day, hour
LIMIT 50000
