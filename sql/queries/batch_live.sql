-- purpose: live and batched spend of each kind of call, and how much of the live part nobody waits for
-- grain: one row per workload, agent, step, provider, model, latency class and service class
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all; models Array(String) empty = all; agents Array(String) empty = all;
--   environments Array(String) empty = all; tiers Array(String) empty = all
-- columns: workload text; agent text; step text; provider text; model text; latency_class text interactive,
--   offline or empty; service_class text; calls count; tasks count; failed count; unpriced count; spend_usd
--   USD; input_usd USD of fresh input, cache reads and writes; output_usd USD; input tokens all input;
--   cache_read tokens; fresh_usd_per_token Nullable(Float64) USD a fresh token cost in these calls
-- tables: llm_calls
SELECT
    toString(c.workload) AS workload,
    toString(c.agent) AS agent,
    toString(c.step) AS step,
    toString(c.provider) AS provider,
    toString(if(c.response_model != '', c.response_model, c.request_model)) AS model,
    toString(c.latency_class) AS latency_class,
    toString(c.service_class) AS service_class,
    count() AS calls,
    uniq(task_id) AS tasks,
    countIf(c.status = 'error') AS failed,
    countIf(list_cost_usd IS NULL AND pricing_status NOT IN ('free', 'not_billed')) AS unpriced,
    toFloat64(sum(ifNull(list_cost_usd, toDecimal64(0, 12)))) AS spend_usd,
    toFloat64(sum(ifNull(fresh_input_cost_usd, toDecimal64(0, 12)) + ifNull(cache_read_cost_usd, toDecimal64(0, 12)) + ifNull(cache_write_cost_usd, toDecimal64(0, 12)))) AS input_usd,
    toFloat64(sum(ifNull(output_cost_usd, toDecimal64(0, 12)))) AS output_usd,
    sum(ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0)) AS input,
    sum(ifNull(cache_read_tokens, 0)) AS cache_read,
    toFloat64(sumIf(fresh_input_cost_usd, fresh_input_tokens > 0)) / nullIf(sumIf(fresh_input_tokens, fresh_input_tokens > 0 AND fresh_input_cost_usd IS NOT NULL), 0) AS fresh_usd_per_token
FROM llm_calls AS c FINAL
WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
  AND (empty({models:Array(String)}) OR has({models:Array(String)}, if(c.response_model != '', c.response_model, c.request_model)))
  AND (empty({agents:Array(String)}) OR has({agents:Array(String)}, c.agent))
  AND (empty({environments:Array(String)}) OR has({environments:Array(String)}, c.environment))
  AND (empty({tiers:Array(String)}) OR has({tiers:Array(String)}, c.tier))
GROUP BY workload, agent, step, provider, model, latency_class, service_class
ORDER BY spend_usd DESC, calls DESC
LIMIT 300
