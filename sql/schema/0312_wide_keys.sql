-- purpose: task and conversation ids that stand in so many traces that these cannot be recomputed together: taken for no ids
-- grain: one key
-- written by: the keeper
CREATE TABLE IF NOT EXISTS wide_keys
(
    key UInt64 COMMENT 'as in key_index',
    kind UInt8 COMMENT '2 task, 3 conversation',
    traces UInt64 COMMENT 'traces that held it when it was found',
    example_trace_id String COMMENT 'one of them, lower-case hex',
    at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'when it was found'
)
ENGINE = ReplacingMergeTree(at)
ORDER BY key
COMMENT 'Task and conversation ids that too many traces share'
