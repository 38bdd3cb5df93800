-- purpose: tasks that show a rise: the dearest of a window, its middle ones, and the middle ones before
-- grain: one task
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive; base_froms Array(String) ISO times; base_tos Array(String);
--   base1_from, base1_to, base2_from, base2_to, base3_from, base3_to, base4_from, base4_to DateTime64(6,'UTC') the same
--   times, for pruning; the window where there are fewer;
--   workloads Array(String) empty = all; models, agents, tiers Array(String) tasks that used one of them; tenants,
--   environments, prompt_versions, changes, task_ids Array(String) likewise
-- columns: which text dearest, usual or before; task_id text; workload text; ended_at DateTime64(6,'UTC'); cost_usd
--   USD; calls count; duration_s seconds; models Array(String); agents Array(String); success Nullable(Bool);
--   prompt_version text; change text
-- tables: tasks
WITH
    arrayMap(moment -> parseDateTime64BestEffort(moment, 6, 'UTC'), {base_froms:Array(String)}) AS starts,
    arrayMap(moment -> parseDateTime64BestEffort(moment, 6, 'UTC'), {base_tos:Array(String)}) AS ends,
    found AS
    (
        SELECT task_id, toString(workload) AS workload, ended_at, toFloat64(list_cost_usd) AS cost_usd, calls, duration_s,
            arrayMap(name -> toString(name), models) AS models, arrayMap(name -> toString(name), agents) AS agents, success,
            toString(prompt_version) AS prompt_version, toString(change) AS change,
            ended_at >= {from_:DateTime64(6,'UTC')} AND ended_at < {to_:DateTime64(6,'UTC')} AS is_now,
            arrayExists((a, b) -> ended_at >= a AND ended_at < b, starts, ends) AS is_base
        FROM tasks FINAL
        WHERE (toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
          OR toDate(ended_at) BETWEEN toDate({base1_from:DateTime64(6,'UTC')}) AND toDate({base1_to:DateTime64(6,'UTC')})
          OR toDate(ended_at) BETWEEN toDate({base2_from:DateTime64(6,'UTC')}) AND toDate({base2_to:DateTime64(6,'UTC')})
          OR toDate(ended_at) BETWEEN toDate({base3_from:DateTime64(6,'UTC')}) AND toDate({base3_to:DateTime64(6,'UTC')})
          OR toDate(ended_at) BETWEEN toDate({base4_from:DateTime64(6,'UTC')}) AND toDate({base4_to:DateTime64(6,'UTC')}))
          AND unpriced_calls = 0
          AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, tasks.workload))
          AND (empty({models:Array(String)}) OR hasAny(tasks.models, {models:Array(String)}))
          AND (empty({agents:Array(String)}) OR hasAny(tasks.agents, {agents:Array(String)}))
          AND (empty({tiers:Array(String)}) OR hasAny(tiers, {tiers:Array(String)}))
          AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, tenant))
          AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
          AND (empty({prompt_versions:Array(String)}) OR has({prompt_versions:Array(String)}, tasks.prompt_version) OR is_base)
          AND (empty({changes:Array(String)}) OR has({changes:Array(String)}, tasks.change) OR is_base)
          AND (empty({task_ids:Array(String)}) OR has({task_ids:Array(String)}, task_id) OR is_base)
    ),
    (SELECT quantileExactIf(0.5)(cost_usd, is_now) FROM found) AS middle_now,
    (SELECT quantileExactIf(0.5)(cost_usd, is_base) FROM found) AS middle_before
SELECT which, task_id, workload, ended_at, cost_usd, calls, duration_s, models, agents, success, prompt_version, change
FROM
(
    SELECT 'dearest' AS which, 0 AS place, -cost_usd AS distance, * FROM found WHERE is_now
    UNION ALL
    SELECT 'usual' AS which, 1 AS place, abs(cost_usd - middle_now) AS distance, * FROM found WHERE is_now
    UNION ALL
    SELECT 'before' AS which, 2 AS place, abs(cost_usd - middle_before) AS distance, * FROM found WHERE is_base
)
ORDER BY place, distance, task_id
LIMIT 3 BY which
