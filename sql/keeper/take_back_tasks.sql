-- purpose: takes back tasks that are gone, and the rows of tasks whose end moved to another day
-- grain: one task
-- params: version UInt64 number of the batch
-- reads: tasks, work_tasks, work_old, work_candidates; writes: tasks
INSERT INTO tasks (task_id, ended_at, version, is_deleted)
-- One below the rows just written: in another day's partition it must not outrank them.
SELECT task_id, ended_at, {version:UInt64} - 1, 1
FROM
(
    SELECT task_id, ended_at
    FROM tasks
    WHERE task_id IN (SELECT task_id FROM work_old UNION DISTINCT SELECT task_id FROM work_tasks UNION DISTINCT SELECT trace_id FROM work_candidates)
        AND version < {version:UInt64} AND is_deleted = 0
    LIMIT 1 BY task_id, toYYYYMMDD(ended_at)
)
WHERE (task_id, toYYYYMMDD(ended_at)) NOT IN (SELECT task_id, toYYYYMMDD(ended_at) FROM work_tasks)
SETTINGS max_partitions_per_insert_block = 0
