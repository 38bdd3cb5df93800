-- purpose: what workloads have spent up to now, for limits on spending
-- grain: one row per workload that made calls
-- params: names Array(String) workloads; from_ DateTime('UTC') start, inclusive: the first whole minute of the window
-- columns: name text workload; cost_usd Decimal USD at list price; tokens count input, cached ones included, and
--   output; calls count calls that started; unpriced_calls count calls whose cost is unknown
-- tables: calls_rollup
SELECT
    toString(workload) AS name,
    sum(list_cost_usd) AS cost_usd,
    sum(fresh_input_tokens + cache_read_tokens + cache_write_short_tokens + cache_write_long_tokens + output_tokens) AS tokens,
    sum(r.calls) AS calls,
    sum(r.unpriced_calls) AS unpriced_calls
FROM calls_rollup AS r FINAL
WHERE minute >= {from_:DateTime('UTC')} AND has({names:Array(String)}, workload)
GROUP BY name
ORDER BY name
