-- purpose: reports that were folded into calls instead of being charged, and why
-- grain: one row per reason, most calls first
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty =
--   all; environments Array(String) empty = all; tiers Array(String) empty = all
-- columns: why text; calls count calls that have such a report folded in; spans count spans folded into them, for all reasons; example_task text
-- tables: llm_calls
SELECT
    arrayJoin(splitByChar(',', toString(c.suppressed_why))) AS why,
    count() AS calls,
    sum(c.suppressed_spans) AS spans,
    argMax(c.task_id, c.started_at) AS example_task
FROM llm_calls AS c FINAL
WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
  AND c.suppressed_spans > 0
GROUP BY why
ORDER BY calls DESC
LIMIT 50
