-- purpose: what useful output costs: tasks with an outcome, those without one yet, units made, this period
--   beside the one before
-- grain: one row per period; per period and bucket that has tasks; per period, workload and unit
-- params: previous_from DateTime64(6,'UTC') start of the comparison period, inclusive; from_
--   DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive; step_s UInt32
--   seconds in a bucket; workloads Array(String) empty = all; models Array(String) empty = all, else tasks
--   that used one of them; agents Array(String) likewise; environments Array(String) likewise; tiers
--   Array(String) likewise;
--   tenants Array(String) empty = all, else only tasks of these
-- columns: part text total, bucket or unit; period UInt8 0 = this one, 1 = the one before; bucket UInt32 from
--   0, counted from the start of its period, 0 elsewhere; workload text, empty elsewhere; unit text of tasks
--   that state one, empty elsewhere; tasks count that ended; judged count with a verdict; successes count;
--   with_outcome count with a verdict or units; unpriced count of those with a call of unknown cost;
--   cost_usd USD of those with an outcome; failed_usd USD of failures; tokens of those with an outcome; units
--   Float64 made by those, a success without stated units counts 1; open_usd USD of tasks without an outcome;
--   cost2, tokens2, units2, cost_units, tokens_units Float64 sums of squares and products over tasks with an
--   outcome
-- tables: tasks

-- The day bounds prune partitions; identity() keeps the exact bounds away from pruning inside a day,
-- where dropping the part with a task's newest version would leave an older one standing.
-- One pass adds tasks up by bucket and names (numbers as keys); the three groupings are made from what is left.
SELECT
    multiIf(grouping(bucket) = 0, 'bucket', grouping(workload) = 0, 'unit', 'total') AS part,
    period, bucket, workload, unit,
    sum(s.tasks) AS tasks,
    sum(s.judged) AS judged,
    sum(s.successes) AS successes,
    sum(s.with_outcome) AS with_outcome,
    sum(s.unpriced) AS unpriced,
    sum(s.cost_usd) AS cost_usd,
    sum(s.failed_usd) AS failed_usd,
    sum(s.tokens) AS tokens,
    sum(s.units) AS units,
    sum(s.open_usd) AS open_usd,
    sum(s.cost2) AS cost2,
    sum(s.tokens2) AS tokens2,
    sum(s.units2) AS units2,
    sum(s.cost_units) AS cost_units,
    sum(s.tokens_units) AS tokens_units
FROM
(
    WITH
        toFloat64(list_cost_usd) AS task_cost_usd,
        success IS NOT NULL OR useful_units IS NOT NULL AS has_outcome,
        ifNull(useful_units, toFloat64(ifNull(success, false))) AS task_units,
        toFloat64(t.fresh_input_tokens + t.cache_read_tokens + t.cache_write_tokens + t.output_tokens) AS task_tokens
    SELECT
        identity(ended_at) < {from_:DateTime64(6,'UTC')} AS period,
        toUInt32(intDiv(dateDiff('microsecond', if(period, {previous_from:DateTime64(6,'UTC')}, {from_:DateTime64(6,'UTC')}), ended_at), {step_s:UInt32} * 1000000)) AS bucket,
        toString(any(t.workload)) AS workload,
        toString(any(t.unit)) AS unit,
        count() AS tasks,
        countIf(success IS NOT NULL) AS judged,
        countIf(success) AS successes,
        countIf(has_outcome) AS with_outcome,
        countIf(has_outcome AND t.unpriced_calls > 0) AS unpriced,
        sumIf(task_cost_usd, has_outcome) AS cost_usd,
        sumIf(task_cost_usd, success = false) AS failed_usd,
        sumIf(task_tokens, has_outcome) AS tokens,
        sumIf(task_units, has_outcome) AS units,
        sumIf(task_cost_usd, NOT has_outcome) AS open_usd,
        sumIf(task_cost_usd * task_cost_usd, has_outcome) AS cost2,
        sumIf(task_tokens * task_tokens, has_outcome) AS tokens2,
        sumIf(task_units * task_units, has_outcome) AS units2,
        sumIf(task_cost_usd * task_units, has_outcome) AS cost_units,
        sumIf(task_tokens * task_units, has_outcome) AS tokens_units
    FROM tasks AS t FINAL
    WHERE toDate(ended_at) BETWEEN toDate({previous_from:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
      AND identity(ended_at) >= {previous_from:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, t.workload))
      AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, tenant))
      AND (empty({models:Array(String)}) OR hasAny(models, {models:Array(String)}))
      AND (empty({agents:Array(String)}) OR hasAny(agents, {agents:Array(String)}))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
      AND (empty({tiers:Array(String)}) OR hasAny(tiers, {tiers:Array(String)}))
    GROUP BY period, bucket, cityHash64(cityHash64(t.workload), cityHash64(t.unit))
) AS s
GROUP BY GROUPING SETS ((period), (period, bucket), (period, workload, unit))
ORDER BY part, period, bucket, cost_usd DESC
LIMIT 400 BY part, period
