-- purpose: what tasks of each workload usually cost and call, for the runaway rule
-- grain: one row per workload
-- params: from_ DateTime64(6,'UTC') start; to_ DateTime64(6,'UTC') end, exclusive
-- columns: workload text; tasks count priced ones; p95_usd USD; p99_calls calls; both from a sketch within 1 %
-- tables: tasks
SELECT
    toString(t.workload) AS workload,
    count() AS tasks,
    quantileDD(0.005, 0.95)(toFloat64(t.list_cost_usd)) AS p95_usd,
    quantileDD(0.005, 0.99)(toFloat64(t.calls)) AS p99_calls
FROM tasks AS t FINAL
WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
  AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
  AND t.unpriced_calls = 0
GROUP BY workload
ORDER BY workload
