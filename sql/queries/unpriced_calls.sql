-- purpose: calls whose cost is unknown, and why
-- grain: one row per provider, model and reason, most calls first
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty =
--   all; environments Array(String) empty = all; tiers Array(String) empty = all
-- columns: provider text; model text; pricing_status text why the cost is unknown; calls count; tasks
--   count; last_seen DateTime64(6,'UTC') start of the latest
-- tables: llm_calls
SELECT
    toString(c.provider) AS provider,
    toString(if(response_model != '', response_model, request_model)) AS model,
    toString(c.pricing_status) AS pricing_status,
    count() AS calls,
    uniqExact(task_id) AS tasks,
    max(started_at) AS last_seen
FROM llm_calls AS c FINAL
WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
  AND c.list_cost_usd IS NULL AND c.pricing_status != 'not_billed'
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, model))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, tier))
GROUP BY provider, model, pricing_status
ORDER BY calls DESC
LIMIT 50
