-- purpose: in which minutes a reprice changes the price of a call, and whether it gives a tier to one, which then goes to another row of their sums
-- grain: one minute
-- params: first_day and last_day Date the days that were priced anew
-- reads: llm_calls, repricing
SELECT toUnixTimestamp(minute) AS minute, sum(without_tier) != 0 AS moved
FROM
(
    SELECT toStartOfMinute(started_at) AS minute, toInt8(tier = '') AS without_tier,
        toInt64(cityHash64(trace_id, span_id, cityHash64(pricing_status), cityHash64(price_row), ifNull(list_cost_usd, -1))) AS priced
    FROM llm_calls FINAL
    WHERE toDate(started_at) BETWEEN {first_day:Date} AND {last_day:Date}
    UNION ALL
    SELECT toStartOfMinute(started_at), -toInt8(tier = ''),
        -toInt64(cityHash64(trace_id, span_id, cityHash64(pricing_status), cityHash64(price_row), ifNull(list_cost_usd, -1)))
    FROM repricing FINAL
)
GROUP BY minute
HAVING sum(priced) != 0
ORDER BY minute
