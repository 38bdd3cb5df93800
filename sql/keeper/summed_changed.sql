-- purpose: hours whose sums a batch is about to change: of its changed calls, of tasks that move or hold such a call, of tasks that differ
-- Of tasks the newest row of each is taken, not FINAL, which holds a buffer for every day at once.
-- grain: one hour of one basis
-- reads: work_changed, work_tasks, work_old, work_candidates, tasks
WITH
    of_tasks AS
    (
        SELECT task_id, ended_at, workload, environment, tenant, change, sipHash64(toString((ended_at, workload, environment, highest_tier, agents, models, tiers, attempts, escalations, unpriced_calls, list_cost_usd, abandoned_cost_usd, success, useful_units, unit, duration_s))) AS levels
        FROM work_tasks
        UNION ALL
        SELECT task_id, newest.1, newest.2, newest.3, newest.4, newest.5, newest.6
        FROM
        (
            SELECT
                task_id,
                argMax((ended_at, workload, environment, tenant, change, sipHash64(toString((ended_at, workload, environment, highest_tier, agents, models, tiers, attempts, escalations, unpriced_calls, list_cost_usd, abandoned_cost_usd, success, useful_units, unit, duration_s))), is_deleted), version) AS newest
            FROM tasks
            WHERE task_id IN (SELECT task_id FROM work_old UNION DISTINCT SELECT task_id FROM work_tasks UNION DISTINCT SELECT trace_id FROM work_candidates)
            GROUP BY task_id
        )
        WHERE newest.7 = 0
    )
SELECT DISTINCT 'start' AS basis, toUnixTimestamp(toStartOfHour(toDateTime(started_at))) AS hour
FROM work_changed
UNION ALL
SELECT DISTINCT 'end' AS basis, toUnixTimestamp(toStartOfHour(toDateTime(arrayJoin(groupArray(ended_at))))) AS hour
FROM of_tasks
GROUP BY task_id
HAVING count() = 1 OR uniqExact(ended_at, workload, environment, tenant, change) > 1 OR task_id IN (SELECT task_id FROM work_changed)
UNION ALL
SELECT DISTINCT 'task' AS basis, toUnixTimestamp(toStartOfHour(toDateTime(arrayJoin(groupArray(ended_at))))) AS hour
FROM of_tasks
GROUP BY task_id
HAVING count() = 1 OR uniqExact(levels) > 1
