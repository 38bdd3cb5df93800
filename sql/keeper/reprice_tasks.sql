-- purpose: sums the costs of tasks anew, of those that ended on some days, where they changed
-- grain: one task
-- params: first_day and last_day Date on which the tasks ended; long Bool true = tasks that began earlier than the day before they ended, false = the others;
--   from_ and to_ DateTime64(6,'UTC') within which all their calls lie; version UInt64 number of the batch
-- reads: tasks, llm_calls; writes: tasks
INSERT INTO tasks
WITH
    meant AS
    (
        SELECT *
        FROM tasks FINAL
        WHERE toDate(ended_at) BETWEEN {first_day:Date} AND {last_day:Date}
            AND (started_at < toStartOfDay(ended_at) - INTERVAL 1 DAY) = {long:Bool}
    ),
    summed AS
    (
        SELECT
            task_id AS of_task,
            sum(ifNull(toDecimal128(list_cost_usd, 12), 0)) AS list,
            sum(ifNull(toDecimal128(original_cost_usd, 12), 0)) AS original,
            toUInt32(countIf(list_cost_usd IS NULL AND pricing_status NOT IN ('free', 'not_billed'))) AS unpriced,
            sumIf(ifNull(toDecimal128(list_cost_usd, 12), 0), abandoned) AS thrown_away
        FROM llm_calls FINAL
        WHERE started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
            AND (NOT {long:Bool} OR task_id IN (SELECT task_id FROM meant))
        GROUP BY task_id
    )
SELECT t.* REPLACE (c.list AS list_cost_usd, c.original AS original_cost_usd, c.unpriced AS unpriced_calls, c.thrown_away AS abandoned_cost_usd, {version:UInt64} AS version)
FROM meant AS t
INNER JOIN summed AS c ON c.of_task = t.task_id
WHERE t.list_cost_usd != c.list OR t.original_cost_usd != c.original OR t.unpriced_calls != c.unpriced OR t.abandoned_cost_usd != c.thrown_away
SETTINGS optimize_on_insert = 0
