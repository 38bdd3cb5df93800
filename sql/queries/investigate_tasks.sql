-- purpose: tasks that show a rise: the dearest of a window, its middle ones, and the middle ones before
-- grain: one task
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive;
--   base1_from, base1_to, base2_from, base2_to, base3_from, base3_to, base4_from, base4_to DateTime64(6,'UTC') the times
--   compared with, none of which overlaps the window; the window itself where there are fewer;
--   workloads Array(String) empty = all; models, agents, tiers Array(String) tasks that used one of them; tenants,
--   environments, prompt_versions, changes, task_ids Array(String) likewise
-- columns: which text dearest, usual or before; task_id text; workload text; ended_at DateTime64(6,'UTC'); cost_usd
--   USD; calls count; duration_s seconds; models Array(String); agents Array(String); success Nullable(Bool);
--   prompt_version text; change text
-- tables: tasks
WITH
    found AS
    (
        SELECT task_id, toFloat64(list_cost_usd) AS cost_usd,
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
          AND unpriced_calls = 0
          AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
          AND (empty({models:Array(String)}) OR hasAny(models, {models:Array(String)}))
          AND (empty({agents:Array(String)}) OR hasAny(agents, {agents:Array(String)}))
          AND (empty({tiers:Array(String)}) OR hasAny(tiers, {tiers:Array(String)}))
          AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, tenant))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
          AND (empty({prompt_versions:Array(String)}) OR has({prompt_versions:Array(String)}, prompt_version) OR is_base)
          AND (empty({changes:Array(String)}) OR has({changes:Array(String)}, change) OR is_base)
          AND (empty({task_ids:Array(String)}) OR has({task_ids:Array(String)}, task_id) OR is_base)
    ),
    -- Narrow columns first: the middle costs, a distance from each within which lie more than three, and the third dearest.
    -- (Between the levels 0.499 and 0.5, or 0.5 and 0.501, of 6,000 costs lie six.)
    (
        SELECT (
            quantilesExactIf(0.499, 0.5, 0.501)(cost_usd, is_now), countIf(is_now),
            quantilesExactIf(0.499, 0.5, 0.501)(cost_usd, is_base), countIf(is_base),
            groupArraySortedIf(3)(-cost_usd, is_now))
        FROM found
    ) AS levels,
    (levels.1[2], levels.3[2]) AS middle,
    if(levels.2 < 6000, inf, greatest(middle.1 - levels.1[1], levels.1[3] - middle.1)) AS near_usual,
    if(levels.4 < 6000, inf, greatest(middle.2 - levels.3[1], levels.3[3] - middle.2)) AS near_before,
    -levels.5[-1] AS third_dearest,
    -- Nine tasks are chosen by their costs alone; only their rows are read whole.
    (
        SELECT arrayConcat(
            arrayMap(pair -> ('dearest', 0, pair.1, pair.2), groupArraySortedIf(3)((-cost_usd, task_id), is_now AND cost_usd >= third_dearest)),
            arrayMap(pair -> ('usual', 1, pair.1, pair.2), groupArraySortedIf(3)((abs(cost_usd - middle.1), task_id), is_now AND abs(cost_usd - middle.1) <= near_usual)),
            arrayMap(pair -> ('before', 2, pair.1, pair.2), groupArraySortedIf(3)((abs(cost_usd - middle.2), task_id), is_base AND abs(cost_usd - middle.2) <= near_before)))
        FROM found
        WHERE is_now AND (cost_usd >= third_dearest OR abs(cost_usd - middle.1) <= near_usual) OR is_base AND abs(cost_usd - middle.2) <= near_before
    ) AS picks
SELECT
    pick.1 AS which, t.task_id AS task_id, toString(t.workload) AS workload, t.ended_at AS ended_at, toFloat64(t.list_cost_usd) AS cost_usd, t.calls AS calls, t.duration_s AS duration_s,
    arrayMap(name -> toString(name), t.models) AS models, arrayMap(name -> toString(name), t.agents) AS agents, t.success AS success,
    toString(t.prompt_version) AS prompt_version, toString(t.change) AS change
FROM tasks AS t FINAL
ARRAY JOIN arrayFilter(p -> p.4 = t.task_id, picks) AS pick
WHERE (toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
      OR toDate(ended_at) BETWEEN toDate({base1_from:DateTime64(6,'UTC')}) AND toDate({base1_to:DateTime64(6,'UTC')})
      OR toDate(ended_at) BETWEEN toDate({base2_from:DateTime64(6,'UTC')}) AND toDate({base2_to:DateTime64(6,'UTC')})
      OR toDate(ended_at) BETWEEN toDate({base3_from:DateTime64(6,'UTC')}) AND toDate({base3_to:DateTime64(6,'UTC')})
      OR toDate(ended_at) BETWEEN toDate({base4_from:DateTime64(6,'UTC')}) AND toDate({base4_to:DateTime64(6,'UTC')}))
  AND has(arrayMap(p -> p.4, picks), t.task_id)
ORDER BY pick.2, pick.3, task_id
