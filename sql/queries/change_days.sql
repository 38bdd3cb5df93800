-- purpose: what tasks cost and achieved by day under each commit, pull request or prompt version of a workload
-- grain: one row per workload, value and UTC day of the tasks' end
-- params: from_ DateTime64(6,'UTC') start, inclusive; to_ DateTime64(6,'UTC') end, exclusive; kind text change,
--   pull_request or prompt_version; workloads Array(String) empty = all; models Array(String) empty = all, else
--   tasks that used one of them; agents Array(String) likewise; environments Array(String) likewise; tiers
--   Array(String) likewise;
--   tenants Array(String) empty = all
-- columns: workload text; value text the commit, pull request or prompt version; day Date; tasks count;
--   priced_tasks count; cost_usd USD of priced tasks; log_mean mean natural logarithm of the cost of tasks above
--   $0; log_variance its sample variance, NaN for one task; log_tasks count above $0; judged count; successes
--   count; first_task DateTime64(6,'UTC') start of the day's first task; last_task DateTime64(6,'UTC') end of its
--   last
-- tables: tasks

-- The day bounds prune partitions; identity() keeps the exact bounds away from pruning inside a day,
-- where dropping the part with a task's newest version would leave an older one standing.
WITH
    toFloat64(list_cost_usd) AS task_cost_usd,
    t.unpriced_calls = 0 AS priced,
    priced AND list_cost_usd > 0 AS above_zero
SELECT
    toString(t.workload) AS workload,
    multiIf({kind:String} = 'change', toString(t.change), {kind:String} = 'pull_request', toString(t.pull_request), toString(t.prompt_version)) AS value,
    toDate(ended_at) AS day,
    count() AS tasks,
    countIf(priced) AS priced_tasks,
    sumIf(task_cost_usd, priced) AS cost_usd,
    avgIf(log(task_cost_usd), above_zero) AS log_mean,
    varSampIf(log(task_cost_usd), above_zero) AS log_variance,
    countIf(above_zero) AS log_tasks,
    countIf(success IS NOT NULL) AS judged,
    countIf(success) AS successes,
    min(t.started_at) AS first_task,
    max(t.ended_at) AS last_task
FROM tasks AS t FINAL
WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
  AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
  AND value != ''
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
  AND (empty({models:Array(String)}) OR hasAny(models, {models:Array(String)}))
  AND (empty({agents:Array(String)}) OR hasAny(agents, {agents:Array(String)}))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
  AND (empty({tiers:Array(String)}) OR hasAny(tiers, {tiers:Array(String)}))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
GROUP BY workload, value, day
ORDER BY workload, day, value
LIMIT 20000
