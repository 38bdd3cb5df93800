-- purpose: a reprice sums tasks anew and keeps no differences
-- grain: none
DROP TABLE IF EXISTS task_differences
