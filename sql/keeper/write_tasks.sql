-- purpose: the tasks of the batch
-- grain: one task
-- reads: work_tasks; writes: tasks
INSERT INTO tasks
SELECT * FROM work_tasks
SETTINGS optimize_on_insert = 0, max_partitions_per_insert_block = 0
