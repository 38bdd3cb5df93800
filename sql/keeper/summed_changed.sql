-- purpose: hours whose sums a batch is about to change: calls that come, go or differ, tasks that move or hold such a call, tasks that differ
-- A long conversation has all its calls recomputed for every turn; hours in which nothing differs keep their sums.
-- grain: one hour of one basis
-- reads: work_calls, work_tasks, work_old, work_candidates, llm_calls, tasks
WITH
    of_calls AS
    (
        SELECT started_at, trace_id, span_id, task_id AS task, turn, sipHash64(toString(tuple(c.* EXCEPT (task_id, turn, ingested_at, version, is_deleted)))) AS digest
        FROM work_calls AS c
        UNION ALL
        SELECT started_at, trace_id, span_id, task_id AS task, turn, sipHash64(toString(tuple(c.* EXCEPT (task_id, turn, ingested_at, version, is_deleted)))) AS digest
        FROM llm_calls AS c FINAL
        WHERE (toStartOfMinute(started_at), trace_id) IN (SELECT toStartOfMinute(started_at), trace_id FROM (SELECT started_at, trace_id FROM work_old UNION ALL SELECT started_at, trace_id FROM work_calls))
    ),
    changed AS
    (
        SELECT started_at, groupUniqArray(task) AS tasks
        FROM of_calls
        GROUP BY started_at, trace_id, span_id
        HAVING count() = 1 OR uniqExact(digest) > 1 OR length(tasks) > 1 OR uniqExact(turn) > 1
    ),
    of_tasks AS
    (
        SELECT task_id, ended_at, workload, environment, tenant, change, sipHash64(toString((ended_at, workload, environment, highest_tier, agents, models, tiers, attempts, escalations, unpriced_calls, list_cost_usd, abandoned_cost_usd, success, useful_units, unit, duration_s))) AS levels
        FROM work_tasks
        UNION ALL
        SELECT task_id, ended_at, workload, environment, tenant, change, sipHash64(toString((ended_at, workload, environment, highest_tier, agents, models, tiers, attempts, escalations, unpriced_calls, list_cost_usd, abandoned_cost_usd, success, useful_units, unit, duration_s))) AS levels
        FROM tasks FINAL
        WHERE task_id IN (SELECT task_id FROM work_old UNION DISTINCT SELECT task_id FROM work_tasks UNION DISTINCT SELECT trace_id FROM work_candidates)
    )
SELECT DISTINCT 'start' AS basis, toUnixTimestamp(toStartOfHour(toDateTime(started_at))) AS hour
FROM changed
UNION ALL
SELECT DISTINCT 'end' AS basis, toUnixTimestamp(toStartOfHour(toDateTime(arrayJoin(groupArray(ended_at))))) AS hour
FROM of_tasks
GROUP BY task_id
HAVING count() = 1 OR uniqExact(ended_at, workload, environment, tenant, change) > 1 OR task_id IN (SELECT arrayJoin(tasks) FROM changed)
UNION ALL
SELECT DISTINCT 'task' AS basis, toUnixTimestamp(toStartOfHour(toDateTime(arrayJoin(groupArray(ended_at))))) AS hour
FROM of_tasks
GROUP BY task_id
HAVING count() = 1 OR uniqExact(levels) > 1
