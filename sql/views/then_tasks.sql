-- purpose: tasks as priced then: list_cost_usd is what their calls were first priced at, abandoned spend and calls without a price go with it
-- grain: one task
-- params: into Identifier the database of these views
-- reads: stored_tasks, stored_calls
CREATE OR REPLACE VIEW {into:Identifier}.tasks AS
SELECT t.* REPLACE (
    t.original_cost_usd AS list_cost_usd,
    t.abandoned_cost_usd + ifNull(d.abandoned_usd, 0) AS abandoned_cost_usd,
    toUInt32(t.unpriced_calls + ifNull(d.unpriced, 0)) AS unpriced_calls)
FROM stored_tasks AS t
LEFT JOIN
(
    SELECT
        c.task_id AS task_id,
        sumIf(toDecimal128(ifNull(c.original_cost_usd, 0), 12) - toDecimal128(ifNull(c.list_cost_usd, 0), 12), c.abandoned) AS abandoned_usd,
        toInt64(countIf(c.original_cost_usd IS NULL)) - toInt64(countIf(c.list_cost_usd IS NULL AND c.pricing_status NOT IN ('free', 'not_billed'))) AS unpriced
    FROM stored_calls AS c
    WHERE NOT (c.original_cost_usd <=> c.list_cost_usd) AND (SELECT max(list_cost_usd != original_cost_usd) FROM stored_tasks) > 0
    GROUP BY task_id
) AS d ON d.task_id = t.task_id
