-- purpose: the dearest (or latest, or longest) tasks that ended in a period
-- grain: one row per task, in the asked order
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all, else tasks that used one of
--   them; agents Array(String) likewise; environments Array(String) likewise; tiers Array(String) likewise;
--   search String empty = all, else part of a task id; only_ String empty = all, else success, failed,
--   open, escalated or unpriced; least_usd Float64 cost from, inclusive, of tasks whose cost is known; most_usd
--   Float64 cost up to, exclusive, 1e30 = any; depth Int32 escalations of tasks with a cascade, 3 = three or more, -1 = any; top String
--   highest tier, empty = all; least_calls UInt32; kind String empty = all, else change, pull_request or
--   prompt_version; value String its value; sort_by String cost, latest or duration; limit_ UInt32 rows;
--   tenants Array(String) empty = all, else only tasks of these
-- columns: task_id text; workload text; environment text; started_at DateTime64(6,'UTC'); ended_at
--   DateTime64(6,'UTC'); duration_s seconds; status text ok or error; calls count; tool_calls count;
--   cost_usd USD of priced calls; cost_text text the same, exact; unpriced_calls count; abandoned_usd USD;
--   escalations count; highest_tier text; models Array(String); agents Array(String); cache_read tokens;
--   cache_known tokens; success Nullable(Bool) NULL = no outcome yet; useful_units Nullable(Float64); unit
--   text
-- tables: tasks

-- The day bounds prune partitions; identity() keeps the exact bounds away from pruning inside a day,
-- where dropping the part with a task's newest version would leave an older one standing.
SELECT
    task_id,
    toString(t.workload) AS workload,
    toString(t.environment) AS environment,
    started_at,
    ended_at,
    duration_s,
    toString(t.status) AS status,
    calls,
    tool_calls,
    toFloat64(list_cost_usd) AS cost_usd,
    toString(list_cost_usd) AS cost_text,
    unpriced_calls,
    toFloat64(abandoned_cost_usd) AS abandoned_usd,
    escalations,
    toString(t.highest_tier) AS highest_tier,
    models,
    agents,
    cache_read_tokens AS cache_read,
    cache_known_input_tokens AS cache_known,
    success,
    useful_units,
    toString(t.unit) AS unit
FROM tasks AS t FINAL
WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
  AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, tenant))
  AND (empty({models:Array(String)}) OR hasAny(models, {models:Array(String)}))
  AND (empty({agents:Array(String)}) OR hasAny(agents, {agents:Array(String)}))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
  AND (empty({tiers:Array(String)}) OR hasAny(tiers, {tiers:Array(String)}))
  AND (empty({search:String}) OR positionCaseInsensitive(task_id, {search:String}) > 0)
  AND multiIf({only_:String} = 'success', ifNull(t.success, false), {only_:String} = 'failed', NOT ifNull(t.success, true),
              {only_:String} = 'open', t.success IS NULL, {only_:String} = 'escalated', t.escalations > 0,
              {only_:String} = 'unpriced', t.unpriced_calls > 0, true)
  AND (({least_usd:Float64} <= 0 AND {most_usd:Float64} >= 1e30)
    OR (t.unpriced_calls = 0 AND cost_usd >= {least_usd:Float64} AND cost_usd < {most_usd:Float64}))
  AND ({depth:Int32} < 0 OR (t.attempts > 0 AND least(t.escalations, 3) = {depth:Int32}))
  AND (empty({top:String}) OR t.highest_tier = {top:String})
  AND calls >= {least_calls:UInt32}
  AND (empty({kind:String})
    OR multiIf({kind:String} = 'change', toString(t.change), {kind:String} = 'pull_request', toString(t.pull_request), toString(t.prompt_version)) = {value:String})
ORDER BY
    if({sort_by:String} = 'latest', ended_at, toDateTime64(0, 6, 'UTC')) DESC,
    if({sort_by:String} = 'duration', t.duration_s, 0) DESC,
    t.list_cost_usd DESC,
    task_id
LIMIT {limit_:UInt32}
