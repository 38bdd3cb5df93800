-- purpose: what tasks cost and achieved, week by week, in all and by workload
-- grain: one row per week; per week and workload; per week, workload and architecture
-- params: from_ DateTime64(6,'UTC') start of the first week (a Monday, UTC), inclusive; to_
--   DateTime64(6,'UTC') end, exclusive; workloads Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: part text total, workload or architecture; week Date Monday of the week; workload text, empty in
--   total; architecture text, empty elsewhere; tasks count tasks that ended in the week; priced_tasks count;
--   unpriced_calls count; cost_usd USD; abandoned_usd USD; cost_levels_usd Array(Float64) USD at levels 0.40
--   0.45 0.48 0.50 0.52 0.55 0.60 0.90 0.925 0.95 0.975 0.99 of priced tasks; judged count; successes count;
--   with_outcome count tasks with a verdict or units; outcome_cost_usd USD of those; outcome_tokens tokens of
--   those; units_made units; sum_tokens2 Float64 sum of squares of tokens of tasks with an outcome;
--   sum_units2 Float64; sum_tokens_units Float64; sum_cost2 Float64 likewise of their cost; sum_cost_units
--   Float64; tokens count tokens of all tasks; calls count; escalations
--   count; attempts count; units Array(String) names of units; labelled count tasks with a workload name
-- tables: tasks

-- The day bounds prune partitions; identity() keeps the exact bounds away from pruning inside a day,
-- where dropping the part with a task's newest version would leave an older one standing.
-- One pass adds tasks up by week and names (one number as a key); the three groupings are made from what is left.
SELECT
    multiIf(grouping(architecture) = 0, 'architecture', grouping(workload) = 0, 'workload', 'total') AS part,
    week, workload, architecture,
    sum(s.tasks) AS tasks,
    sum(s.priced_tasks) AS priced_tasks,
    sum(s.unpriced_calls) AS unpriced_calls,
    toFloat64(sum(s.cost)) AS cost_usd,
    toFloat64(sum(s.abandoned)) AS abandoned_usd,
    quantilesExactInclusiveIfMerge(0.4, 0.45, 0.48, 0.5, 0.52, 0.55, 0.6, 0.9, 0.925, 0.95, 0.975, 0.99)(cost_levels) AS cost_levels_usd,
    sum(s.judged) AS judged,
    sum(s.successes) AS successes,
    sum(s.with_outcome) AS with_outcome,
    sum(s.outcome_cost_usd) AS outcome_cost_usd,
    sum(s.outcome_tokens) AS outcome_tokens,
    sum(s.units_made) AS units_made,
    sum(s.sum_tokens2) AS sum_tokens2,
    sum(s.sum_units2) AS sum_units2,
    sum(s.sum_tokens_units) AS sum_tokens_units,
    sum(s.sum_cost2) AS sum_cost2,
    sum(s.sum_cost_units) AS sum_cost_units,
    sum(s.tokens) AS tokens,
    sum(s.calls) AS calls,
    sum(s.escalations) AS escalations,
    sum(s.attempts) AS attempts,
    arraySort(arrayMap(name -> toString(name), groupUniqArrayArray(s.units))) AS units,
    sum(s.labelled) AS labelled
FROM
(
    WITH
        toFloat64(list_cost_usd) AS task_cost_usd,
        t.unpriced_calls = 0 AS priced,
        success IS NOT NULL OR useful_units IS NOT NULL AS has_outcome,
        ifNull(useful_units, toFloat64(ifNull(success, false))) AS task_units,
        toFloat64(t.fresh_input_tokens + t.cache_read_tokens + t.cache_write_tokens + t.output_tokens) AS task_tokens
    SELECT
        toMonday(identity(ended_at)) AS week,
        toString(any(t.workload)) AS workload,
        toString(any(t.architecture)) AS architecture,
        count() AS tasks,
        countIf(priced) AS priced_tasks,
        sum(t.unpriced_calls) AS unpriced_calls,
        sum(list_cost_usd) AS cost,
        sum(abandoned_cost_usd) AS abandoned,
        quantilesExactInclusiveIfState(0.4, 0.45, 0.48, 0.5, 0.52, 0.55, 0.6, 0.9, 0.925, 0.95, 0.975, 0.99)(task_cost_usd, priced) AS cost_levels,
        countIf(success IS NOT NULL) AS judged,
        countIf(success) AS successes,
        countIf(has_outcome) AS with_outcome,
        sumIf(task_cost_usd, has_outcome) AS outcome_cost_usd,
        sumIf(task_tokens, has_outcome) AS outcome_tokens,
        sumIf(task_units, has_outcome) AS units_made,
        sumIf(task_tokens * task_tokens, has_outcome) AS sum_tokens2,
        sumIf(task_units * task_units, has_outcome) AS sum_units2,
        sumIf(task_tokens * task_units, has_outcome) AS sum_tokens_units,
        sumIf(task_cost_usd * task_cost_usd, has_outcome) AS sum_cost2,
        sumIf(task_cost_usd * task_units, has_outcome) AS sum_cost_units,
        sum(task_tokens) AS tokens,
        sum(t.calls) AS calls,
        sum(t.escalations) AS escalations,
        sum(t.attempts) AS attempts,
        groupUniqArrayIf(t.unit, t.unit != '') AS units,
        countIf(t.workload != '') AS labelled
    FROM tasks AS t FINAL
    WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
      AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, t.workload))
      AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
    GROUP BY week, cityHash64(cityHash64(t.workload), cityHash64(t.architecture))
) AS s
GROUP BY GROUPING SETS ((week), (week, workload), (week, workload, architecture))
ORDER BY part, week, cost_usd DESC
LIMIT 200 BY part, week
