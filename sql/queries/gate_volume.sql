-- purpose: how many tasks of each workload ended in a period
-- grain: one row per workload
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; environments Array(String) empty = all
-- columns: workload text; tasks count
-- tables: tasks
SELECT toString(t.workload) AS workload, count() AS tasks
FROM tasks AS t FINAL
WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
  AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
GROUP BY workload
ORDER BY workload
