-- purpose: what a suite that is running has cost so far
-- grain: one row
-- params: none
-- columns: usd Decimal(38,12) at list price; calls count; unpriced_calls count without a known price
-- tables: llm_calls
SELECT
    sum(ifNull(toDecimal128(list_cost_usd, 12), 0)) AS usd,
    count() AS calls,
    countIf(list_cost_usd IS NULL AND pricing_status NOT IN ('free', 'not_billed')) AS unpriced_calls
FROM llm_calls FINAL
