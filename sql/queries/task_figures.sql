-- purpose: what tasks cost and achieved: in all, over time, and by workload; this period beside the one
--   before
-- grain: one row per period; per period and bucket that has tasks; per period and workload
-- params: previous_from DateTime64(6,'UTC') start of the comparison period, inclusive; from_
--   DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive; step_s UInt32
--   seconds in a bucket; workloads Array(String) empty = all; models Array(String) empty = all, else tasks
--   that used one of them; agents Array(String) likewise; environments Array(String) likewise; tiers
--   Array(String) likewise;
--   tenants Array(String) empty = all
-- columns: part text total, bucket or workload; period UInt8 0 = this one, 1 = the one before; bucket
--   UInt32 from 0, counted from the start of its period, 0 elsewhere; workload text, empty elsewhere; tasks
--   count tasks that ended; unpriced_tasks count tasks with a call whose cost is unknown; unpriced_calls
--   count; cost_usd USD of all their calls; abandoned_usd USD thrown away; successes count; judged count
--   tasks with a verdict; escalations count attempts that a higher tier followed; attempts count;
--   with_outcome count tasks with a verdict or units; outcome_cost_usd USD of those, failures included;
--   units_made units of those, a success without stated units counts 1; units Array(String) names of the
--   units, sorted; priced_tasks count tasks that the percentiles are over; cost_levels_usd Array(Float64) USD
--   at levels 0.40 0.45 0.48 0.50 0.52 0.55 0.60 0.90 0.925 0.95 0.975 0.99 of priced tasks; sketched UInt8 1
--   = above a million tasks, where levels come from a sketch within 1 % of the value
-- tables: task_levels, tasks

WITH
    (
        -- Whole days first, of which the counts are known: few windows have to be counted.
        SELECT greatest(countIf(ended_at >= {from_:DateTime64(6,'UTC')}), countIf(ended_at < {from_:DateTime64(6,'UTC')})) > 1000000
        FROM tasks
        WHERE ended_at >= {previous_from:DateTime64(6,'UTC')} AND ended_at < {to_:DateTime64(6,'UTC')}
          AND empty({workloads:Array(String)}) AND empty({models:Array(String)}) AND empty({agents:Array(String)})
          AND empty({environments:Array(String)}) AND empty({tiers:Array(String)}) AND empty({tenants:Array(String)})
          AND (
              SELECT greatest(sumIf(n, day >= toYYYYMMDD({from_:DateTime64(6,'UTC')})), sumIf(n, day <= toYYYYMMDD({from_:DateTime64(6,'UTC')}))) > 1000000
              FROM (SELECT toYYYYMMDD(ended_at) AS day, count() AS n FROM tasks WHERE toYYYYMMDD(ended_at) BETWEEN toYYYYMMDD({previous_from:DateTime64(6,'UTC')}) AND toYYYYMMDD({to_:DateTime64(6,'UTC')}) GROUP BY day)
          )
    ) AS above_a_million
SELECT
    multiIf(grouping(step) = 0, 'bucket', grouping(t.workload) = 0, 'workload', 'total') AS part,
    period, step AS bucket, toString(t.workload) AS workload,
    sum(t.tasks) AS tasks,
    sumIf(t.tasks, NOT priced) AS unpriced_tasks,
    sum(t.unpriced_calls) AS unpriced_calls,
    toFloat64(sum(list_cost_usd)) AS cost_usd,
    toFloat64(sum(abandoned_cost_usd)) AS abandoned_usd,
    sum(t.successes) AS successes,
    sum(t.judged) AS judged,
    sum(t.escalations) AS escalations,
    sum(t.attempts) AS attempts,
    sum(t.with_outcome) AS with_outcome,
    toFloat64(sum(t.outcome_cost_usd)) AS outcome_cost_usd,
    sum(t.units_made) AS units_made,
    arraySort(arrayMap(name -> toString(name), groupUniqArrayArray(t.units))) AS units,
    sumIf(t.tasks, priced) AS priced_tasks,
    if(above_a_million,
       quantilesDDArrayIf(0.001, 0.4, 0.45, 0.48, 0.5, 0.52, 0.55, 0.6, 0.9, 0.925, 0.95, 0.975, 0.99)(costs_usd, priced AND above_a_million),
       quantilesExactInclusiveArrayIf(0.4, 0.45, 0.48, 0.5, 0.52, 0.55, 0.6, 0.9, 0.925, 0.95, 0.975, 0.99)(costs_usd, priced AND NOT above_a_million)
    ) AS cost_levels_usd,
    above_a_million AS sketched
FROM task_levels_in(previous_from = {previous_from:DateTime64(6,'UTC')}, from_ = {from_:DateTime64(6,'UTC')}, to_ = {to_:DateTime64(6,'UTC')}, step_s = {step_s:UInt32}, tenants = {tenants:Array(String)}) AS t
WHERE (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, t.workload))
  AND (empty({models:Array(String)}) OR hasAny(t.models, {models:Array(String)}))
  AND (empty({agents:Array(String)}) OR hasAny(t.agents, {agents:Array(String)}))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, t.environment))
  AND (empty({tiers:Array(String)}) OR hasAny(t.tiers, {tiers:Array(String)}))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
GROUP BY GROUPING SETS ((period), (period, step), (period, t.workload))
ORDER BY part, period, bucket, cost_usd DESC
LIMIT 200 BY part, period
