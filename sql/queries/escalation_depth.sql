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
-- tables: tasks

-- The day bounds prune partitions; identity() keeps the exact bounds away from pruning inside a day,
-- where dropping the part with a task's newest version would leave an older one standing.
SELECT
    identity(ended_at) < {from_:DateTime64(6,'UTC')} AS period,
    least(t.escalations, 3) AS depth,
    toString(highest_tier) AS tier,
    count() AS tasks,
    countIf(unpriced_calls = 0) AS priced_tasks,
    toFloat64(sum(list_cost_usd)) AS cost_usd,
    toFloat64(sum(abandoned_cost_usd)) AS abandoned_usd,
    avgOrNullIf(toFloat64(list_cost_usd), unpriced_calls = 0) AS mean_usd,
    quantileExactInclusiveOrNullIf(0.5)(toFloat64(list_cost_usd), unpriced_calls = 0) AS p50_usd,
    quantileExactInclusiveOrNullIf(0.95)(toFloat64(list_cost_usd), unpriced_calls = 0) AS p95_usd,
    countIf(success IS NOT NULL) AS judged,
    countIf(success) AS successes,
    avg(t.duration_s) AS duration_s
FROM tasks AS t FINAL
WHERE toDate(ended_at) BETWEEN toDate({previous_from:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
  AND identity(ended_at) >= {previous_from:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
  AND (empty({models:Array(String)}) OR hasAny(models, {models:Array(String)}))
  AND (empty({agents:Array(String)}) OR hasAny(agents, {agents:Array(String)}))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
  AND (empty({tiers:Array(String)}) OR hasAny(tiers, {tiers:Array(String)}))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
  AND attempts > 0
GROUP BY period, depth, tier
ORDER BY period, depth, indexOf(['nano', 'standard', 'premium'], tier)
