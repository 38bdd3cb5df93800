-- purpose: tasks at one price book: costs are the sums of their calls at it
-- grain: one task
-- params: into Identifier the database of these views
-- reads: stored_tasks, llm_calls of this database
CREATE OR REPLACE VIEW {into:Identifier}.tasks AS
SELECT t.* REPLACE (
    toDecimal128(ifNull(c.cost_usd, 0), 12) AS list_cost_usd,
    toDecimal128(ifNull(c.abandoned_usd, 0), 12) AS abandoned_cost_usd,
    toUInt32(ifNull(c.unpriced, 0)) AS unpriced_calls)
FROM stored_tasks AS t
LEFT JOIN
(
    SELECT
        n.task_id AS task_id,
        sum(toDecimal128(ifNull(n.list_cost_usd, 0), 12)) AS cost_usd,
        sumIf(toDecimal128(ifNull(n.list_cost_usd, 0), 12), n.abandoned) AS abandoned_usd,
        countIf(n.list_cost_usd IS NULL AND n.pricing_status NOT IN ('free', 'not_billed')) AS unpriced
    FROM llm_calls AS n
    GROUP BY task_id
) AS c ON c.task_id = t.task_id
