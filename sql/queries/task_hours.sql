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
-- tables: task_levels, tasks
SELECT
    toDate(t.hour) AS day,
    toUInt32(intDiv(toHour(t.hour), {width_h:UInt32}) * {width_h:UInt32}) AS hour,
    sum(t.tasks) AS tasks,
    sumIf(t.tasks, priced) AS priced_tasks,
    quantilesExactInclusiveArrayIf(0.5, 0.95)(costs_usd, priced) AS cost_levels_usd,
    if(priced_tasks = 0, NULL, cost_levels_usd[1]) AS p50_usd,
    if(priced_tasks = 0, NULL, cost_levels_usd[2]) AS p95_usd,
    toFloat64(sum(list_cost_usd)) AS cost_usd
FROM task_levels_in(previous_from = {from_:DateTime64(6,'UTC')}, from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, step_s = 4294967295, tenants = {tenants:Array(String)}) AS t
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, t.workload))
  AND (empty({models:Array(String)}) OR hasAny(t.models, {models:Array(String)}))
  AND (empty({agents:Array(String)}) OR hasAny(t.agents, {agents:Array(String)}))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, t.environment))
  AND (empty({tiers:Array(String)}) OR hasAny(t.tiers, {tiers:Array(String)}))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
GROUP BY day, hour
ORDER BY day, hour
