-- purpose: P50 and P95 of task cost under each commit, pull request or prompt version of a workload
-- grain: one row per workload and value
-- params: from_ DateTime64(6,'UTC') start, inclusive; to_ DateTime64(6,'UTC') end, exclusive; kind text change,
--   pull_request or prompt_version; workloads Array(String) empty = all; models Array(String) empty = all, else
--   tasks that used one of them; agents Array(String) likewise; environments Array(String) likewise; tiers
--   Array(String) likewise;
--   tenants Array(String) empty = all
-- columns: workload text; value text; priced_tasks count; p50_usd USD; p95_usd USD; changes Array(String) commits of
--   these tasks, at most 20; pull_requests Array(String) likewise
-- tables: tasks

-- Bounds as in change_days. Percentiles are exact: one value of a workload has few tasks beside all.
WITH
    toFloat64(list_cost_usd) AS task_cost_usd,
    t.unpriced_calls = 0 AS priced
SELECT
    toString(t.workload) AS workload,
    multiIf({kind:String} = 'change', toString(t.change), {kind:String} = 'pull_request', toString(t.pull_request), toString(t.prompt_version)) AS value,
    countIf(priced) AS priced_tasks,
    quantileExactInclusiveIf(0.5)(task_cost_usd, priced) AS p50_usd,
    quantileExactInclusiveIf(0.95)(task_cost_usd, priced) AS p95_usd,
    arraySort(groupUniqArrayIf(20)(toString(t.change), t.change != '')) AS changes,
    arraySort(groupUniqArrayIf(20)(toString(t.pull_request), t.pull_request != '')) AS pull_requests
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
GROUP BY workload, value
ORDER BY workload, value
LIMIT 2000
