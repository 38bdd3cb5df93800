-- purpose: whether the spend bought anything: tasks, verdicts and useful units in a window and in the times compared with
-- grain: one row per side
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive;
--   base1_from, base1_to, base2_from, base2_to, base3_from, base3_to, base4_from, base4_to DateTime64(6,'UTC') the times
--   compared with, none of which overlaps the window; the window itself where there are fewer;
--   workloads Array(String) empty = all; models, agents, tiers Array(String) tasks that used one of them; tenants,
--   environments Array(String) likewise; prompt_versions, changes, task_ids Array(String) likewise, in the window alone
-- columns: side UInt8 0 = window, 1 = times compared with; tasks count that ended; judged count; successes count;
--   units_made units, a success without stated units counts 1; with_outcome count; cost_usd USD of all their calls;
--   p50_usd USD; p95_usd USD of priced tasks; priced count
-- tables: tasks
SELECT
    toUInt8(NOT is_now) AS side,
    count() AS tasks, countIf(success IS NOT NULL) AS judged, countIf(ifNull(success, false)) AS successes,
    sumIf(ifNull(useful_units, toFloat64(ifNull(success, false))), success IS NOT NULL OR useful_units IS NOT NULL) AS units_made,
    countIf(success IS NOT NULL OR useful_units IS NOT NULL) AS with_outcome,
    sum(usd) AS cost_usd,
    quantileExactInclusiveIf(0.5)(usd, priced_task) AS p50_usd, quantileExactInclusiveIf(0.95)(usd, priced_task) AS p95_usd,
    countIf(priced_task) AS priced
FROM
(
    SELECT ended_at, success, useful_units, toFloat64(list_cost_usd) AS usd, unpriced_calls = 0 AS priced_task,
        ended_at >= {from_:DateTime64(6,'UTC')} AND ended_at < {to_:DateTime64(6,'UTC')} AS is_now,
        (ended_at >= {base1_from:DateTime64(6,'UTC')} AND ended_at < {base1_to:DateTime64(6,'UTC')}
            OR ended_at >= {base2_from:DateTime64(6,'UTC')} AND ended_at < {base2_to:DateTime64(6,'UTC')}
            OR ended_at >= {base3_from:DateTime64(6,'UTC')} AND ended_at < {base3_to:DateTime64(6,'UTC')}
            OR ended_at >= {base4_from:DateTime64(6,'UTC')} AND ended_at < {base4_to:DateTime64(6,'UTC')}) AND NOT is_now AS is_base
    FROM tasks FINAL
    WHERE (toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
          OR toDate(ended_at) BETWEEN toDate({base1_from:DateTime64(6,'UTC')}) AND toDate({base1_to:DateTime64(6,'UTC')})
          OR toDate(ended_at) BETWEEN toDate({base2_from:DateTime64(6,'UTC')}) AND toDate({base2_to:DateTime64(6,'UTC')})
          OR toDate(ended_at) BETWEEN toDate({base3_from:DateTime64(6,'UTC')}) AND toDate({base3_to:DateTime64(6,'UTC')})
          OR toDate(ended_at) BETWEEN toDate({base4_from:DateTime64(6,'UTC')}) AND toDate({base4_to:DateTime64(6,'UTC')}))
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
      AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, tenant))
      AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
      AND (empty({models:Array(String)}) OR hasAny(models, {models:Array(String)}))
      AND (empty({agents:Array(String)}) OR hasAny(agents, {agents:Array(String)}))
      AND (empty({tiers:Array(String)}) OR hasAny(tiers, {tiers:Array(String)}))
      AND (empty({prompt_versions:Array(String)}) OR has({prompt_versions:Array(String)}, prompt_version) OR is_base)
      AND (empty({changes:Array(String)}) OR has({changes:Array(String)}, change) OR is_base)
      AND (empty({task_ids:Array(String)}) OR has({task_ids:Array(String)}, task_id) OR is_base)
)
WHERE is_now OR is_base
GROUP BY side
ORDER BY side
