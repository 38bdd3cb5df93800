-- purpose: calls of the traces of the batch as they stood before
-- grain: one call
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_old
(
    started_at DateTime64(6, 'UTC') COMMENT 'start of the call',
    trace_id String COMMENT 'trace',
    span_id String COMMENT 'span',
    task_id String COMMENT 'task it was charged to',
    original_cost_usd Nullable(Decimal(18, 12)) COMMENT 'USD, as first priced',
    first_price UInt64 COMMENT 'what it was priced by first; 0 = by nothing'
)
ENGINE = Memory
COMMENT 'calls of the traces of the batch as they stood before'
