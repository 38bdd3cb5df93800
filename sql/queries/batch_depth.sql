-- purpose: how many calls of a task wait for one another, for tasks nobody waits for
-- grain: one row per workload
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all, else tasks that used one of them;
--   agents Array(String) likewise; environments Array(String) likewise; tiers Array(String) likewise;
--   tenants Array(String) empty = all
-- columns: workload text; tasks count; calls Float64 median calls a task; p95_calls Float64; duration_s
--   Float64 median seconds
-- tables: tasks
-- The day bounds prune partitions; identity() keeps the exact bounds away from pruning inside a day,
-- where dropping the part with a task's newest version would leave an older one standing.
SELECT
    toString(t.workload) AS workload,
    count() AS tasks,
    quantileTDigest(0.5)(t.calls) AS calls,
    quantileTDigest(0.95)(t.calls) AS p95_calls,
    quantileTDigest(0.5)(t.duration_s) AS duration_s
FROM tasks AS t FINAL
WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
  AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
  AND (empty({models:Array(String)}) OR hasAny(models, {models:Array(String)}))
  AND (empty({agents:Array(String)}) OR hasAny(agents, {agents:Array(String)}))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
  AND (empty({tiers:Array(String)}) OR hasAny(tiers, {tiers:Array(String)}))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
  AND latency_class = 'offline'
GROUP BY workload
ORDER BY tasks DESC
LIMIT 100
