-- purpose: what tasks cost by day and part of the day
-- grain: one row per day and part of it that has tasks, UTC
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   width_h UInt32 hours in a part of the day; workloads Array(String) empty = all; models Array(String) empty
--   = all, else tasks that used one of them; agents Array(String) likewise; environments Array(String)
--   likewise; tiers Array(String) likewise;
--   tenants Array(String) empty = all
-- columns: day Date; hour UInt32 first hour of the part; tasks count tasks that ended in it; priced_tasks
--   count; p50_usd Nullable(Float64) USD of priced tasks, NULL without one; p95_usd Nullable(Float64)
--   likewise; cost_usd USD of all of them
-- tables: tasks

-- The day bounds prune partitions; identity() keeps the exact bounds away from pruning inside a day,
-- where dropping the part with a task's newest version would leave an older one standing.
SELECT
    toDate(identity(ended_at)) AS day,
    toUInt32(intDiv(toHour(identity(ended_at)), {width_h:UInt32}) * {width_h:UInt32}) AS hour,
    count() AS tasks,
    countIf(unpriced_calls = 0) AS priced_tasks,
    quantileExactInclusiveOrNullIf(0.5)(toFloat64(list_cost_usd), unpriced_calls = 0) AS p50_usd,
    quantileExactInclusiveOrNullIf(0.95)(toFloat64(list_cost_usd), unpriced_calls = 0) AS p95_usd,
    toFloat64(sum(list_cost_usd)) AS cost_usd
FROM tasks AS t FINAL
WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
  AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
  AND (empty({models:Array(String)}) OR hasAny(models, {models:Array(String)}))
  AND (empty({agents:Array(String)}) OR hasAny(agents, {agents:Array(String)}))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
  AND (empty({tiers:Array(String)}) OR hasAny(tiers, {tiers:Array(String)}))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
GROUP BY day, hour
ORDER BY day, hour
