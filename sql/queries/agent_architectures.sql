-- purpose: what tasks of each architecture cost, how many turns they took, and how often they succeeded
-- grain: one row per workload and architecture
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all, else tasks that used one of them;
--   agents Array(String) likewise; environments Array(String) likewise; tiers Array(String) likewise;
--   tenants Array(String) empty = all
-- columns: workload text; architecture text empty = not labelled; tasks count; priced_tasks count; turns
--   Float64 mean calls a task; turns_var Float64 variance; tokens Float64 mean tokens a task; tokens_var
--   Float64; mean_usd Nullable(Float64) USD per priced task; usd_var Nullable(Float64); p50_usd
--   Nullable(Float64) USD; p95_usd Nullable(Float64) USD; cost_usd USD; judged count; successes count;
--   mean_agents Float64 mean agents a task; duration_s Float64 median seconds; tenants count of tenants whose
--   tasks they are
-- tables: tasks
-- The day bounds prune partitions; identity() keeps the exact bounds away from pruning inside a day,
-- where dropping the part with a task's newest version would leave an older one standing.
WITH
    t.fresh_input_tokens + t.cache_read_tokens + t.cache_write_tokens + t.output_tokens AS all_tokens,
    quantilesExactInclusiveIf(0.5, 0.95)(toFloat64(list_cost_usd), unpriced_calls = 0) AS cost_levels_usd
SELECT
    toString(any(t.workload)) AS workload,
    toString(any(t.architecture)) AS architecture,
    count() AS tasks,
    countIf(unpriced_calls = 0) AS priced_tasks,
    avg(t.calls) AS turns,
    varSampStable(toFloat64(t.calls)) AS turns_var,
    avg(all_tokens) AS tokens,
    varSampStable(toFloat64(all_tokens)) AS tokens_var,
    avgOrNullIf(toFloat64(list_cost_usd), unpriced_calls = 0) AS mean_usd,
    varSampStableOrNullIf(toFloat64(list_cost_usd), unpriced_calls = 0) AS usd_var,
    if(priced_tasks = 0, NULL, cost_levels_usd[1]) AS p50_usd,
    if(priced_tasks = 0, NULL, cost_levels_usd[2]) AS p95_usd,
    toFloat64(sum(list_cost_usd)) AS cost_usd,
    countIf(success IS NOT NULL) AS judged,
    countIf(success) AS successes,
    avg(t.agents.size0) AS mean_agents,
    quantileExactInclusive(0.5)(t.duration_s) AS duration_s,
    uniq(tenant) AS tenants
FROM tasks AS t FINAL
WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
  AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, t.workload))
  AND (empty({models:Array(String)}) OR hasAny(models, {models:Array(String)}))
  AND (empty({agents:Array(String)}) OR hasAny(agents, {agents:Array(String)}))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
  AND (empty({tiers:Array(String)}) OR hasAny(tiers, {tiers:Array(String)}))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
GROUP BY cityHash64(cityHash64(t.workload), cityHash64(t.architecture)) -- one number as a key: two texts take longer
ORDER BY workload, cost_usd DESC
LIMIT 200
