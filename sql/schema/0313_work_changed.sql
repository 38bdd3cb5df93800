-- purpose: calls that the batch changes, where that reaches back to sums of settled hours
-- grain: one call under one task
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_changed
(
    started_at DateTime64(6, 'UTC') COMMENT 'start of the call',
    task_id String COMMENT 'task it was or will be charged to'
)
ENGINE = Memory
COMMENT 'calls that the batch changes'
