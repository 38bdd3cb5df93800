-- purpose: what tasks cost and achieved over time, this period beside the one before
-- grain: one row per period and bucket that has tasks
-- params: previous_from DateTime64(6,'UTC') start of the comparison period, inclusive; from_
--   DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive; step_s
--   UInt32 seconds in a bucket; workloads Array(String) empty = all; models Array(String) empty = all, else
--   tasks that used one of them; agents Array(String) likewise; environments Array(String) likewise; tiers
--   Array(String) likewise;
--   tenants Array(String) empty = all
-- columns: period UInt8 0 = this one, 1 = the one before; bucket UInt32 from 0, counted from the start of
--   its period; tasks count; priced_tasks count; p50_usd USD per priced task; p95_usd USD per priced task;
--   successes count; judged count; escalations count; attempts count; with_outcome count; outcome_cost_usd
--   USD; units_made units
-- tables: tasks

-- The day bounds prune partitions; identity() keeps the exact bounds away from pruning inside a day,
-- where dropping the part with a task's newest version would leave an older one standing.
WITH
    (
        SELECT greatest(countIf(ended_at >= {from_:DateTime64(6,'UTC')}), countIf(ended_at < {from_:DateTime64(6,'UTC')})) > 1000000
        FROM tasks
        WHERE ended_at >= {previous_from:DateTime64(6,'UTC')} AND ended_at < {to_:DateTime64(6,'UTC')}
          AND empty({workloads:Array(String)}) AND empty({models:Array(String)}) AND empty({agents:Array(String)})
          AND empty({environments:Array(String)}) AND empty({tiers:Array(String)}) AND empty({tenants:Array(String)})
    ) AS above_a_million,
    toFloat64(list_cost_usd) AS task_cost_usd,
    t.unpriced_calls = 0 AS priced,
    success IS NOT NULL OR useful_units IS NOT NULL AS has_outcome,
    ifNull(useful_units, toFloat64(ifNull(success, false))) AS task_units,
    if(above_a_million,
       quantilesDDIf(0.001, 0.5, 0.95)(task_cost_usd, priced AND above_a_million),
       quantilesExactInclusiveIf(0.5, 0.95)(task_cost_usd, priced AND NOT above_a_million)) AS levels_usd
SELECT
    identity(ended_at) < {from_:DateTime64(6,'UTC')} AS period,
    toUInt32(intDiv(dateDiff('microsecond', if(period, {previous_from:DateTime64(6,'UTC')}, {from_:DateTime64(6,'UTC')}), ended_at), {step_s:UInt32} * 1000000)) AS bucket,
    count() AS tasks,
    countIf(priced) AS priced_tasks,
    levels_usd[1] AS p50_usd,
    levels_usd[2] AS p95_usd,
    countIf(success) AS successes,
    countIf(success IS NOT NULL) AS judged,
    sum(t.escalations) AS escalations,
    sum(t.attempts) AS attempts,
    countIf(has_outcome) AS with_outcome,
    sumIf(task_cost_usd, has_outcome) AS outcome_cost_usd,
    sumIf(task_units, has_outcome) AS units_made
FROM tasks AS t FINAL
WHERE toDate(ended_at) BETWEEN toDate({previous_from:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
  AND identity(ended_at) >= {previous_from:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
  AND (empty({models:Array(String)}) OR hasAny(models, {models:Array(String)}))
  AND (empty({agents:Array(String)}) OR hasAny(agents, {agents:Array(String)}))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
  AND (empty({tiers:Array(String)}) OR hasAny(tiers, {tiers:Array(String)}))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
GROUP BY period, bucket
ORDER BY period, bucket
