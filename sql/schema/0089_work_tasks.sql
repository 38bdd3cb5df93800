-- purpose: tasks of the batch as they will stand
-- grain: one task
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_tasks AS tasks
ENGINE = Memory
