-- purpose: what tasks with cascades cost and achieved, by how far they went up
-- grain: one row per period, number of escalations (3 = three or more) and highest tier
-- params: previous_from DateTime64(6,'UTC') start of the comparison period, inclusive; from_
--   DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive; workloads
--   Array(String) empty = all; models Array(String) empty = all, else tasks that used one of them; agents
--   Array(String) likewise; environments Array(String) likewise; tiers Array(String) likewise;
--   tenants Array(String) empty = all
-- columns: period UInt8 0 = this one, 1 = the one before; depth UInt32 escalations in the task, 3 = three
--   or more; tier text highest tier of the task; tasks count; priced_tasks count; cost_usd USD; abandoned_usd
--   USD thrown away; mean_usd Nullable(Float64) USD per priced task; p50_usd Nullable(Float64) USD; p95_usd
--   Nullable(Float64) USD; judged count; successes count; duration_s mean seconds
-- tables: task_levels, tasks
SELECT
    period,
    toUInt32(cascade - 1) AS depth,
    toString(highest_tier) AS tier,
    sum(t.tasks) AS tasks,
    sumIf(t.tasks, priced) AS priced_tasks,
    toFloat64(sum(list_cost_usd)) AS cost_usd,
    toFloat64(sum(abandoned_cost_usd)) AS abandoned_usd,
    avgArrayIf(costs_usd, priced) AS mean,
    quantilesExactInclusiveArrayIf(0.5, 0.95)(costs_usd, priced) AS cost_levels_usd,
    if(priced_tasks = 0, NULL, mean) AS mean_usd,
    if(priced_tasks = 0, NULL, cost_levels_usd[1]) AS p50_usd,
    if(priced_tasks = 0, NULL, cost_levels_usd[2]) AS p95_usd,
    sum(t.judged) AS judged,
    sum(t.successes) AS successes,
    sum(t.duration_s) / tasks AS duration_s
FROM task_levels_in(previous_from = {previous_from:DateTime64(6,'UTC')}, from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, step_s = 4294967295, tenants = {tenants:Array(String)}) AS t
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, t.workload))
  AND (empty({models:Array(String)}) OR hasAny(t.models, {models:Array(String)}))
  AND (empty({agents:Array(String)}) OR hasAny(t.agents, {agents:Array(String)}))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, t.environment))
  AND (empty({tiers:Array(String)}) OR hasAny(t.tiers, {tiers:Array(String)}))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
  AND cascade > 0
GROUP BY period, depth, tier
ORDER BY period, depth, indexOf(['nano', 'standard', 'premium'], tier)
