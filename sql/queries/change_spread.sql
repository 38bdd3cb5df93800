-- purpose: how task cost is spread under two commits, pull requests or prompt versions of a workload
-- grain: one row per value and step of cost, ten steps a power of ten
-- params: from_ DateTime64(6,'UTC') start, inclusive; to_ DateTime64(6,'UTC') end, exclusive; kind text change,
--   pull_request or prompt_version; workload text; values_ Array(String) the values to compare;
--   tenants Array(String) empty = all
-- columns: value text; step Int32 floor of ten times the decimal logarithm of the cost in USD; tasks count
-- tables: tasks

-- Bounds as in change_days.
SELECT
    multiIf({kind:String} = 'change', toString(t.change), {kind:String} = 'pull_request', toString(t.pull_request), toString(t.prompt_version)) AS value,
    toInt32(floor(10 * log10(toFloat64(list_cost_usd)))) AS step,
    count() AS tasks
FROM tasks AS t FINAL
WHERE toDate(ended_at) BETWEEN toDate({from_:DateTime64(6,'UTC')}) AND toDate({to_:DateTime64(6,'UTC')})
  AND identity(ended_at) >= {from_:DateTime64(6,'UTC')} AND identity(ended_at) < {to_:DateTime64(6,'UTC')}
  AND t.workload = {workload:String} AND has({values_:Array(String)}, value)
  AND t.unpriced_calls = 0 AND list_cost_usd > 0
  AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, t.tenant))
GROUP BY value, step
ORDER BY value, step
