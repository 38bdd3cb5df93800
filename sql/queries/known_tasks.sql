-- purpose: which of some tasks the ledger knows
-- grain: one row per task it knows
-- params: ids Array(String) task ids
-- columns: task_id text
-- tables: tasks
SELECT DISTINCT task_id
FROM tasks FINAL
WHERE task_id IN {ids:Array(String)}
ORDER BY task_id
