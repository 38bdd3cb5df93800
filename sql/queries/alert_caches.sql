-- purpose: whether prompt caching earns what it costs, by scope
-- grain: one row per scope
-- params: from_ DateTime64(6,'UTC') start of the window; to_ DateTime64(6,'UTC') end, exclusive; by Array(String)
--   of workload, model, tier, agent, tenant
-- columns: measure text cache_saving; workload text, empty unless asked by; model text; tier text; agent text;
--   tenant text; value Nullable(Float64) USD that reads save against fresh input, less what writes cost beyond
--   it; sample count calls that read or wrote a cache; baseline Nullable(Float64) NULL; baseline_sample 0
-- tables: llm_calls

-- The price of a fresh token is taken from the same model's calls of the window.
WITH
    prices AS
    (
        SELECT c.provider AS provider, c.request_model AS request_model, c.response_model AS response_model, c.service_class AS service_class,
            sum(toFloat64(c.fresh_input_cost_usd)) / sum(c.fresh_input_tokens) AS fresh_usd
        FROM llm_calls AS c FINAL
        WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')}
          AND c.fresh_input_tokens > 0 AND c.fresh_input_cost_usd IS NOT NULL
        GROUP BY provider, request_model, response_model, service_class
    )
SELECT
    'cache_saving' AS measure,
    if(has({by:Array(String)}, 'workload'), toString(c.workload), '') AS workload,
    if(has({by:Array(String)}, 'model'), toString(if(c.response_model != '', c.response_model, c.request_model)), '') AS model,
    if(has({by:Array(String)}, 'tier'), toString(c.tier), '') AS tier,
    if(has({by:Array(String)}, 'agent'), toString(c.agent), '') AS agent,
    if(has({by:Array(String)}, 'tenant'), toString(c.tenant), '') AS tenant,
    toNullable(sum(ifNull(c.cache_read_tokens, 0) * p.fresh_usd - toFloat64(ifNull(c.cache_read_cost_usd, 0))
        + (ifNull(c.cache_write_short_tokens, 0) + ifNull(c.cache_write_long_tokens, 0)) * p.fresh_usd - toFloat64(ifNull(c.cache_write_cost_usd, 0)))) AS value,
    count() AS sample,
    CAST(NULL, 'Nullable(Float64)') AS baseline, toUInt64(0) AS baseline_sample
FROM llm_calls AS c FINAL
INNER JOIN prices AS p ON p.provider = c.provider AND p.request_model = c.request_model
    AND p.response_model = c.response_model AND p.service_class = c.service_class
WHERE c.started_at >= {from_:DateTime64(6,'UTC')} AND c.started_at < {to_:DateTime64(6,'UTC')} AND c.list_cost_usd IS NOT NULL
  AND (c.cache_read_tokens > 0 OR c.cache_write_short_tokens > 0 OR c.cache_write_long_tokens > 0)
GROUP BY workload, model, tier, agent, tenant
ORDER BY workload, model, tier, agent, tenant
