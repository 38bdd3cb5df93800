-- purpose: adds to tasks, of those that ended on some days, what a reprice changed in their calls
-- A task that was recomputed after a slice has that slice in its sums: only later slices are added.
-- grain: one task
-- params: first_day and last_day Date on which the tasks ended; long Bool true = tasks that began earlier than the day before they ended, false = the others;
--   version UInt64 number of the batch
-- reads: tasks, task_differences; writes: tasks
INSERT INTO tasks
WITH
    meant AS
    (
        SELECT *
        FROM tasks FINAL
        WHERE toDate(ended_at) BETWEEN {first_day:Date} AND {last_day:Date}
            AND (started_at < toStartOfDay(ended_at) - INTERVAL 1 DAY) = {long:Bool}
    ),
    moved AS
    (
        SELECT task_id AS of_task, groupArray((version, list_cost_usd, original_cost_usd, abandoned_cost_usd, unpriced_calls)) AS steps
        FROM task_differences
        WHERE if({long:Bool}, task_id IN (SELECT task_id FROM meant), day BETWEEN {first_day:Date} - 1 AND {last_day:Date})
        GROUP BY task_id
    )
SELECT t.* EXCEPT (later) REPLACE (
    t.list_cost_usd + arraySum(d -> d.2, later) AS list_cost_usd,
    t.original_cost_usd + arraySum(d -> d.3, later) AS original_cost_usd,
    t.abandoned_cost_usd + arraySum(d -> d.4, later) AS abandoned_cost_usd,
    toUInt32(t.unpriced_calls + arraySum(d -> d.5, later)) AS unpriced_calls,
    {version:UInt64} AS version)
FROM
(
    SELECT t.*, arrayFilter(d -> d.1 > t.version, m.steps) AS later
    FROM meant AS t
    INNER JOIN moved AS m ON m.of_task = t.task_id
) AS t
WHERE notEmpty(later)
SETTINGS optimize_on_insert = 0, max_partitions_per_insert_block = 0
