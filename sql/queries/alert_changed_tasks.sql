-- purpose: large tasks that the keeper wrote since a moment, as they stand now
-- grain: one task
-- params: since UInt64 nanoseconds since the epoch, compared with the keeper's version; from_
--   DateTime64(6,'UTC') tasks that ended before are left out; min_usd Float64 and min_calls UInt32: smaller in
--   both are left out
-- columns: task_id text; workload text; cost_usd USD of priced calls; calls count; unpriced_calls count;
--   started_at DateTime64(6,'UTC'); ended_at DateTime64(6,'UTC'); agents Array(String)
-- tables: tasks
SELECT
    t.task_id AS task_id,
    toString(argMax(t.workload, t.version)) AS workload,
    toFloat64(argMax(t.list_cost_usd, t.version)) AS cost_usd,
    argMax(t.calls, t.version) AS calls,
    argMax(t.unpriced_calls, t.version) AS unpriced_calls,
    argMax(t.started_at, t.version) AS started_at,
    argMax(t.ended_at, t.version) AS ended_at,
    arrayMap(name -> toString(name), argMax(t.agents, t.version)) AS agents
FROM tasks AS t
WHERE t.version >= {since:UInt64} AND toDate(t.ended_at) >= toDate({from_:DateTime64(6,'UTC')})
  AND t.ended_at >= {from_:DateTime64(6,'UTC')} AND t.is_deleted = 0
GROUP BY t.task_id
HAVING cost_usd >= {min_usd:Float64} OR calls >= {min_calls:UInt32}
ORDER BY cost_usd DESC
LIMIT 200
