-- purpose: how task cost is spread, on a logarithmic scale
-- grain: one row per tenth of a decade that has tasks
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all, else tasks that used one of
--   them; agents Array(String) likewise; environments Array(String) likewise; tiers Array(String) likewise;
--   tenants Array(String) empty = all
-- columns: step Int32 bar from 10^(step/10) to 10^((step+1)/10) USD; tasks count priced tasks above $0;
--   cost_usd USD of these tasks
-- tables: tasks

-- The day bounds prune partitions; identity() keeps the exact bounds away from pruning inside a day,
-- where dropping the part with a task's newest version would leave an older one standing.
SELECT
    toInt32(floor(log10(toFloat64(list_cost_usd)) * 10)) AS step,
    count() AS tasks,
    toFloat64(sum(list_cost_usd)) AS cost_usd
FROM tasks AS t FINAL
WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
  AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
  AND (empty({models:Array(String)}) OR hasAny(models, {models:Array(String)}))
  AND (empty({agents:Array(String)}) OR hasAny(agents, {agents:Array(String)}))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
  AND (empty({tiers:Array(String)}) OR hasAny(tiers, {tiers:Array(String)}))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
  AND unpriced_calls = 0 AND list_cost_usd > 0
GROUP BY step
ORDER BY step
