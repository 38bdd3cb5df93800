-- purpose: what each agent cost and did, by its role
-- grain: one row per workload, architecture, agent and role
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all
-- columns: workload text; architecture text empty = not labelled; agent text; role text orchestrator,
--   worker or empty; calls count; tasks count; failed count; retries count; unpriced count; spend_usd USD;
--   input tokens; output tokens; retried_tokens tokens of calls that failed or were thrown away; p95_usd
--   Nullable(Float64) USD per priced call; duration_s sum of seconds
-- tables: llm_calls
-- Levels are exact up to 8,192 calls a row and beyond that taken from as many, chosen by the hash of their start.
SELECT
    toString(c.workload) AS workload,
    toString(c.architecture) AS architecture,
    toString(c.agent) AS agent,
    toString(c.agent_role) AS role,
    count() AS calls,
    uniqExact(sipHash64(task_id)) AS tasks,
    countIf(c.status = 'error') AS failed,
    sum(ifNull(c.retries, 0)) AS retries,
    countIf(list_cost_usd IS NULL AND pricing_status NOT IN ('free', 'not_billed')) AS unpriced,
    toFloat64(sum(ifNull(list_cost_usd, toDecimal64(0, 12)))) AS spend_usd,
    sum(ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0)) AS input,
    sum(ifNull(output_tokens, 0)) AS output,
    sumIf(ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) + ifNull(output_tokens, 0), c.status = 'error' OR c.abandoned) AS retried_tokens,
    quantileDeterministicOrNullIf(0.95)(toFloat64(assumeNotNull(list_cost_usd)), toUInt64(toUnixTimestamp64Micro(c.started_at)), list_cost_usd IS NOT NULL) AS p95_usd,
    sum(ifNull(c.duration_s, 0)) AS duration_s
FROM llm_calls AS c FINAL
WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
GROUP BY workload, architecture, agent, role
ORDER BY spend_usd DESC, calls DESC
LIMIT 300
