-- purpose: how much of the providers' rate limits calls found left, by scope
-- grain: one row per scope in which a call told its limit or was refused for it
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive; by Array(String)
--   of workload, model, tier, agent, tenant
-- columns: measure text rate_limit_headroom; workload text, empty unless asked by; model text; tier text; agent text; tenant
--   text; value Nullable(Float64) share of the scarcer limit (tokens or calls) that a tenth of the calls found left or
--   less; sample count calls it is taken over
-- tables: llm_calls

-- A refused call found nothing left. Where no call tells a limit, one that was answered found all of it: then only
-- refusals count.
SELECT
    'rate_limit_headroom' AS measure,
    if(has({by:Array(String)}, 'workload'), toString(c.workload), '') AS workload,
    if(has({by:Array(String)}, 'model'), toString(if(c.response_model != '', c.response_model, c.request_model)), '') AS model,
    if(has({by:Array(String)}, 'tier'), toString(c.tier), '') AS tier,
    if(has({by:Array(String)}, 'agent'), toString(c.agent), '') AS agent,
    if(has({by:Array(String)}, 'tenant'), toString(c.tenant), '') AS tenant,
    toNullable(if(countIf(c.is_told) > 0, quantileExactLowIf(0.1)(c.headroom, c.is_told OR c.is_refused), quantileExactLow(0.1)(c.headroom))) AS value,
    toUInt64(if(countIf(c.is_told) > 0, countIf(c.is_told OR c.is_refused), count())) AS sample
FROM
(
    SELECT
        workload, request_model, response_model, tier, agent, tenant,
        status = 'error' AND match(lower(error_type), '429|rate.?limit|throttl|too.?many.?requests|resource.?exhausted|quota') AS is_refused,
        least(
            ifNull(rate_limit_remaining_tokens / nullIf(rate_limit_tokens, 0), inf),
            ifNull(rate_limit_remaining_calls / nullIf(rate_limit_calls, 0), inf)) AS told,
        isFinite(told) AS is_told,
        multiIf(is_refused, 0., is_told, least(told, 1.), 1.) AS headroom
    FROM llm_calls FINAL
    WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
) AS c
GROUP BY workload, model, tier, agent, tenant
HAVING countIf(c.is_told) > 0 OR countIf(c.is_refused) > 0
ORDER BY workload, model, tier, agent, tenant
