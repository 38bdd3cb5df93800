-- purpose: keeps what a slice of a reprice changes in tasks
-- grain: one task in one block
-- reads: repriced; writes: task_differences
CREATE MATERIALIZED VIEW IF NOT EXISTS differences_of_tasks TO task_differences AS
SELECT
    toDate(started_at) AS day, task_id, version,
    sum(ifNull(toDecimal128(r.list_cost_usd, 12), 0) - ifNull(toDecimal128(list_before_usd, 12), 0)) AS list_cost_usd,
    sum(ifNull(toDecimal128(r.original_cost_usd, 12), 0) - ifNull(toDecimal128(original_before_usd, 12), 0)) AS original_cost_usd,
    sumIf(ifNull(toDecimal128(r.list_cost_usd, 12), 0) - ifNull(toDecimal128(list_before_usd, 12), 0), abandoned) AS abandoned_cost_usd,
    toInt64(countIf(r.list_cost_usd IS NULL AND pricing_status NOT IN ('free', 'not_billed'))) - toInt64(countIf(list_before_usd IS NULL AND status_before NOT IN ('free', 'not_billed'))) AS unpriced_calls
FROM repriced AS r
GROUP BY day, task_id, version
