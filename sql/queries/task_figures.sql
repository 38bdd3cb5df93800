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
-- tables: tasks

-- The day bounds prune partitions; identity() keeps the exact bounds away from pruning inside a day,
-- where dropping the part with a task's newest version would leave an older one standing.
-- One pass adds tasks up by bucket and workload (numbers as keys); the three groupings are made from what is left.
WITH
    (
        SELECT greatest(countIf(ended_at >= {from_:DateTime64(6,'UTC')}), countIf(ended_at < {from_:DateTime64(6,'UTC')})) > 1000000
        FROM tasks
        WHERE ended_at >= {previous_from:DateTime64(6,'UTC')} AND ended_at < {to_:DateTime64(6,'UTC')}
          AND empty({workloads:Array(String)}) AND empty({models:Array(String)}) AND empty({agents:Array(String)})
          AND empty({environments:Array(String)}) AND empty({tiers:Array(String)}) AND empty({tenants:Array(String)})
    ) AS above_a_million
SELECT
    multiIf(grouping(bucket) = 0, 'bucket', grouping(workload) = 0, 'workload', 'total') AS part,
    period, bucket, workload,
    sum(s.tasks) AS tasks,
    sum(s.unpriced_tasks) AS unpriced_tasks,
    sum(s.unpriced_calls) AS unpriced_calls,
    toFloat64(sum(s.cost)) AS cost_usd,
    toFloat64(sum(s.abandoned)) AS abandoned_usd,
    sum(s.successes) AS successes,
    sum(s.judged) AS judged,
    sum(s.escalations) AS escalations,
    sum(s.attempts) AS attempts,
    sum(s.with_outcome) AS with_outcome,
    sum(s.outcome_cost_usd) AS outcome_cost_usd,
    sum(s.units_made) AS units_made,
    arraySort(arrayMap(name -> toString(name), groupUniqArrayArray(s.units))) AS units,
    sum(s.priced_tasks) AS priced_tasks,
    if(above_a_million,
       quantilesDDIfMerge(0.001, 0.4, 0.45, 0.48, 0.5, 0.52, 0.55, 0.6, 0.9, 0.925, 0.95, 0.975, 0.99)(sketched_levels),
       quantilesExactInclusiveIfMerge(0.4, 0.45, 0.48, 0.5, 0.52, 0.55, 0.6, 0.9, 0.925, 0.95, 0.975, 0.99)(exact_levels)
    ) AS cost_levels_usd,
    above_a_million AS sketched
FROM
(
    WITH
        toFloat64(list_cost_usd) AS task_cost_usd,
        t.unpriced_calls = 0 AS priced,
        success IS NOT NULL OR useful_units IS NOT NULL AS has_outcome,
        ifNull(useful_units, toFloat64(ifNull(success, false))) AS task_units
    SELECT
        identity(ended_at) < {from_:DateTime64(6,'UTC')} AS period,
        toUInt32(intDiv(dateDiff('microsecond', if(period, {previous_from:DateTime64(6,'UTC')}, {from_:DateTime64(6,'UTC')}), ended_at), {step_s:UInt32} * 1000000)) AS bucket,
        toString(any(t.workload)) AS workload,
        count() AS tasks,
        countIf(NOT priced) AS unpriced_tasks,
        sum(t.unpriced_calls) AS unpriced_calls,
        sum(list_cost_usd) AS cost,
        sum(abandoned_cost_usd) AS abandoned,
        countIf(success) AS successes,
        countIf(success IS NOT NULL) AS judged,
        sum(t.escalations) AS escalations,
        sum(t.attempts) AS attempts,
        countIf(has_outcome) AS with_outcome,
        sumIf(task_cost_usd, has_outcome) AS outcome_cost_usd,
        sumIf(task_units, has_outcome) AS units_made,
        groupUniqArrayIf(t.unit, t.unit != '') AS units,
        countIf(priced) AS priced_tasks,
        quantilesDDIfState(0.001, 0.4, 0.45, 0.48, 0.5, 0.52, 0.55, 0.6, 0.9, 0.925, 0.95, 0.975, 0.99)(task_cost_usd, priced AND above_a_million) AS sketched_levels,
        quantilesExactInclusiveIfState(0.4, 0.45, 0.48, 0.5, 0.52, 0.55, 0.6, 0.9, 0.925, 0.95, 0.975, 0.99)(task_cost_usd, priced AND NOT above_a_million) AS exact_levels
    FROM tasks AS t FINAL
    WHERE toDate(ended_at) BETWEEN toDate({previous_from:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
      AND identity(ended_at) >= {previous_from:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, t.workload))
      AND (empty({models:Array(String)}) OR hasAny(models, {models:Array(String)}))
      AND (empty({agents:Array(String)}) OR hasAny(agents, {agents:Array(String)}))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
      AND (empty({tiers:Array(String)}) OR hasAny(tiers, {tiers:Array(String)}))
      AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
    GROUP BY period, bucket, cityHash64(t.workload)
) AS s
GROUP BY GROUPING SETS ((period), (period, bucket), (period, workload))
ORDER BY part, period, bucket, cost_usd DESC
LIMIT 200 BY part, period
