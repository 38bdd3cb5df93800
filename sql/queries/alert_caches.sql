-- purpose: whether prompt caching earns what it costs, by scope
-- grain: one row per scope
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive; by Array(String)
--   of workload, model, tier, agent, tenant
-- columns: measure text cache_saving; workload text, empty unless asked by; model text; tier text; agent text;
--   tenant text; value Nullable(Float64) USD that reads save against fresh input, less what writes cost beyond
--   it; sample count calls that read or wrote a cache
-- tables: llm_calls

-- The price of a fresh token is taken from the same model's calls of the window. Names are grouped by one number of
-- all of them: hashing a text a row would cost more than the rest.
WITH
    sums AS
    (
        SELECT
            any(c_workload) AS workload, any(if(response_model != '', response_model, request_model)) AS model, any(c_tier) AS tier,
            any(c_agent) AS agent, any(c_tenant) AS tenant, any(price_key) AS priced_as,
            sumIf(toFloat64(fresh_input_cost_usd), fresh_input_tokens > 0) AS fresh_usd,
            sumIf(fresh_input_tokens, fresh_input_tokens > 0 AND fresh_input_cost_usd IS NOT NULL) AS fresh,
            sumIf(ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0), uses_cache) AS cached,
            sumIf(toFloat64(ifNull(cache_read_cost_usd, 0)) + toFloat64(ifNull(cache_write_cost_usd, 0)), uses_cache) AS cached_usd,
            countIf(uses_cache) AS calls
        FROM
        (
            SELECT * EXCEPT (workload, tier, agent, tenant),
                workload AS c_workload, tier AS c_tier, agent AS c_agent, tenant AS c_tenant,
                cityHash64(cityHash64(provider), cityHash64(request_model), cityHash64(response_model), cityHash64(service_class)) AS price_key,
                list_cost_usd IS NOT NULL AND (ifNull(cache_read_tokens, 0) > 0 OR ifNull(cache_write_short_tokens, 0) > 0 OR ifNull(cache_write_long_tokens, 0) > 0) AS uses_cache
            FROM llm_calls FINAL
            WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
        )
        GROUP BY cityHash64(
            price_key,
            if(has({by:Array(String)}, 'workload'), cityHash64(c_workload), 0), if(has({by:Array(String)}, 'tier'), cityHash64(c_tier), 0),
            if(has({by:Array(String)}, 'agent'), cityHash64(c_agent), 0), if(has({by:Array(String)}, 'tenant'), cityHash64(c_tenant), 0))
    ),
    priced AS
    (
        SELECT *, sum(fresh_usd) OVER (PARTITION BY priced_as) / nullIf(sum(fresh) OVER (PARTITION BY priced_as), 0) AS fresh_token_usd
        FROM sums
    )
SELECT
    'cache_saving' AS measure,
    if(has({by:Array(String)}, 'workload'), toString(p.workload), '') AS workload,
    if(has({by:Array(String)}, 'model'), toString(p.model), '') AS model,
    if(has({by:Array(String)}, 'tier'), toString(p.tier), '') AS tier,
    if(has({by:Array(String)}, 'agent'), toString(p.agent), '') AS agent,
    if(has({by:Array(String)}, 'tenant'), toString(p.tenant), '') AS tenant,
    sum(p.cached * p.fresh_token_usd - p.cached_usd) AS value,
    sum(p.calls) AS sample
FROM priced AS p
WHERE p.calls > 0 AND p.fresh_token_usd IS NOT NULL
GROUP BY workload, model, tier, agent, tenant
ORDER BY workload, model, tier, agent, tenant
