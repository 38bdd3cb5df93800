-- purpose: what a reprice under way changed in the calls of a task; empty while none is
-- grain: one task in one slice of the reprice
-- written by: a reprice
CREATE TABLE IF NOT EXISTS task_differences
(
    day Date COMMENT 'day on which the calls started, UTC',
    task_id String COMMENT 'task they are charged to',
    version UInt64 COMMENT 'slice of the reprice; a task that was recomputed later has it in its sums',
    list_cost_usd Decimal(38, 12) COMMENT 'USD, after less before',
    original_cost_usd Decimal(38, 12) COMMENT 'USD, after less before',
    abandoned_cost_usd Decimal(38, 12) COMMENT 'USD, after less before',
    unpriced_calls Int64 COMMENT 'calls without a price, after less before'
)
ENGINE = MergeTree
ORDER BY (day, task_id)
COMMENT 'What a reprice under way changed in the calls of a task'
