-- purpose: assumptions that the costs of a period rest on
-- grain: one row per note, most calls first
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty =
--   all; environments Array(String) empty = all; tiers Array(String) empty = all
-- columns: note text alias, lifetime_assumed_short, context_fallback, override, overlay, aggregate_without_calls, ...; calls count; list_usd USD; example_task text
-- tables: llm_calls
SELECT
    arrayJoin(splitByChar(',', toString(c.pricing_note))) AS note,
    count() AS calls,
    toFloat64(sum(ifNull(toDecimal128(c.list_cost_usd, 12), 0))) AS list_usd,
    argMax(c.task_id, c.started_at) AS example_task
FROM llm_calls AS c FINAL
WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
  AND c.pricing_note != ''
GROUP BY note
ORDER BY calls DESC
LIMIT 50
