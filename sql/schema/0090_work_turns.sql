-- purpose: which task each call of the batch is charged to, and its turn there
-- grain: one call
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_turns
(
    trace_id String COMMENT 'trace of the call',
    span_id String COMMENT 'span of the call',
    task_id String COMMENT 'task it is charged to',
    turn UInt32 COMMENT 'n-th call of its agent in the task, from 1'
)
ENGINE = Memory
COMMENT 'which task each call of the batch is charged to, and its turn there'
