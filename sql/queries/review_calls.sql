-- purpose: where the calls of two weeks went: the leaves from which slices, caches, batches and data
--   quality are read
-- grain: one row per workload, agent, role, provider, model, tier, service class, latency class, prompt
--   version, change and tenant
-- params: previous_from DateTime64(6,'UTC') start of the comparison period, inclusive; from_
--   DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive; workloads
--   Array(String) empty = all
-- columns: workload text; agent text; agent_role text; provider text; model text; tier text; service_class
--   text; latency_class text; prompt_version text; change text; tenant text the 50 dearest, else other; calls
--   count this week; calls_before count the week before; spend_usd USD this week; before_usd USD the week
--   before; unpriced count this week; fallback count this week priced in the provider's standard context;
--   reported_usd USD that emitters said this week; reported_list_usd USD at list of the same calls; fresh
--   tokens this week of calls that report a cache count; cache_read tokens this week; cache_write tokens this
--   week; cache_read_before tokens; cache_known_before tokens all input; read_usd USD this week; write_usd
--   USD this week; input_usd USD this week; output_usd USD this week; input tokens this week;
--   fresh_usd_per_token Nullable(Float64) USD; dearest_task text task with the dearest call this week
-- tables: llm_calls
WITH
(
    SELECT groupArray(50)(tenant)
    FROM
    (
        SELECT tenant
        FROM llm_calls
        WHERE started_at >= {previous_from:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
        GROUP BY tenant
        ORDER BY sum(list_cost_usd) DESC
        LIMIT 50
    )
) AS known_tenants,
c.started_at >= {from_:DateTime64(6,'UTC')} AS now_,
toFloat64(ifNull(list_cost_usd, toDecimal64(0, 12))) AS usd
SELECT
    toString(c.workload) AS workload,
    toString(c.agent) AS agent,
    toString(c.agent_role) AS agent_role,
    toString(c.provider) AS provider,
    toString(if(c.response_model != '', c.response_model, c.request_model)) AS model,
    toString(c.tier) AS tier,
    toString(c.service_class) AS service_class,
    toString(c.latency_class) AS latency_class,
    toString(c.prompt_version) AS prompt_version,
    toString(c.change) AS change,
    if(has(known_tenants, c.tenant), toString(c.tenant), 'other') AS tenant,
    countIf(now_) AS calls,
    countIf(NOT now_) AS calls_before,
    sumIf(usd, now_) AS spend_usd,
    sumIf(usd, NOT now_) AS before_usd,
    countIf(now_ AND list_cost_usd IS NULL AND pricing_status NOT IN ('free', 'not_billed')) AS unpriced,
    countIf(now_ AND position(pricing_note, 'context_fallback') > 0) AS fallback,
    sumIf(toFloat64(ifNull(reported_cost_usd, toDecimal64(0, 12))), now_ AND list_cost_usd IS NOT NULL) AS reported_usd,
    sumIf(usd, now_ AND reported_cost_usd IS NOT NULL) AS reported_list_usd,
    sumIf(ifNull(fresh_input_tokens, 0), now_ AND cache_read_tokens IS NOT NULL) AS fresh,
    sumIf(ifNull(cache_read_tokens, 0), now_) AS cache_read,
    sumIf(ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0), now_) AS cache_write,
    sumIf(ifNull(cache_read_tokens, 0), NOT now_) AS cache_read_before,
    sumIf(ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0), NOT now_ AND cache_read_tokens IS NOT NULL) AS cache_known_before,
    sumIf(toFloat64(ifNull(cache_read_cost_usd, toDecimal64(0, 12))), now_) AS read_usd,
    sumIf(toFloat64(ifNull(cache_write_cost_usd, toDecimal64(0, 12))), now_) AS write_usd,
    sumIf(toFloat64(ifNull(fresh_input_cost_usd, toDecimal64(0, 12))), now_) + read_usd + write_usd AS input_usd,
    sumIf(toFloat64(ifNull(output_cost_usd, toDecimal64(0, 12))), now_) AS output_usd,
    sumIf(ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0), now_) AS input,
    toFloat64(sumIf(fresh_input_cost_usd, fresh_input_tokens > 0)) / nullIf(sumIf(fresh_input_tokens, fresh_input_tokens > 0 AND fresh_input_cost_usd IS NOT NULL), 0) AS fresh_usd_per_token,
    argMaxIf(c.task_id, usd, now_) AS dearest_task
FROM llm_calls AS c FINAL
WHERE c.started_at >= {previous_from:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
  AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, c.workload))
GROUP BY workload, agent, agent_role, provider, model, tier, service_class, latency_class, prompt_version, change, tenant
ORDER BY spend_usd + before_usd DESC
LIMIT 20000
