-- purpose: what tenants have spent up to now, for limits on spending
-- grain: one row per tenant that made calls
-- params: names Array(String) tenants; from_ DateTime('UTC') start, inclusive: the first whole minute of the window
-- columns: name text tenant; cost_usd Decimal USD at list price; tokens count input, cached ones included, and output;
--   calls count calls that started; unpriced_calls count calls whose cost is unknown
-- tables: tasks, llm_calls

-- Tasks that began in the window count whole; of those that began before it only the calls inside, which mostly lie
-- at its very beginning. The day bound prunes partitions, identity() keeps the exact one from pruning inside a day.
WITH
    reaching_in AS
    (
        SELECT task_id AS reaching_id, ended_at AS reaching_until
        FROM tasks FINAL
        WHERE toDate(ended_at) >= toDate({from_:DateTime('UTC')}) AND identity(ended_at) >= {from_:DateTime('UTC')}
          AND started_at < {from_:DateTime('UTC')} AND has({names:Array(String)}, tenant)
    )
SELECT
    name,
    sum(usd) AS cost_usd,
    sum(told_tokens) AS tokens,
    sum(made) AS calls,
    sum(unknown) AS unpriced_calls
FROM
(
    SELECT
        toString(tenant) AS name,
        list_cost_usd AS usd,
        fresh_input_tokens + cache_read_tokens + cache_write_tokens + output_tokens AS told_tokens,
        t.calls AS made,
        t.unpriced_calls AS unknown
    FROM tasks AS t FINAL
    WHERE toDate(ended_at) >= toDate({from_:DateTime('UTC')}) AND started_at >= {from_:DateTime('UTC')} AND has({names:Array(String)}, tenant)
    UNION ALL
    SELECT
        toString(tenant) AS name,
        toDecimal128(ifNull(list_cost_usd, 0), 12) AS usd,
        ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) + ifNull(output_tokens, 0) AS told_tokens,
        1 AS made,
        list_cost_usd IS NULL AND pricing_status NOT IN ('free', 'not_billed') AS unknown
    FROM llm_calls FINAL
    WHERE toStartOfMinute(started_at) >= {from_:DateTime('UTC')} AND toStartOfMinute(started_at) <= (SELECT max(reaching_until) FROM reaching_in)
      AND started_at >= {from_:DateTime('UTC')} AND has({names:Array(String)}, tenant)
      AND task_id IN (SELECT reaching_id FROM reaching_in)
)
GROUP BY name
ORDER BY name
