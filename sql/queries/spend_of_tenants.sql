-- purpose: what tenants have spent up to now, for limits on spending
-- grain: one row per tenant that made calls
-- params: names Array(String) tenants; from_ DateTime('UTC') start, inclusive: the first whole minute of the window
-- columns: name text tenant; cost_usd Decimal USD at list price; tokens count input, cached ones included, and output;
--   calls count calls that started; unpriced_calls count calls whose cost is unknown
-- tables: llm_calls

-- No rollup holds the tenant: there may be many. A call keeps its minute and ids for good, so versions of it meet.
SELECT
    toString(tenant) AS name,
    sum(ifNull(list_cost_usd, 0)) AS cost_usd,
    sum(ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) + ifNull(output_tokens, 0)) AS tokens,
    count() AS calls,
    countIf(list_cost_usd IS NULL AND pricing_status NOT IN ('free', 'not_billed')) AS unpriced_calls
FROM llm_calls FINAL
WHERE toStartOfMinute(started_at) >= {from_:DateTime('UTC')} AND started_at >= {from_:DateTime('UTC')} AND has({names:Array(String)}, tenant)
GROUP BY name
ORDER BY name
