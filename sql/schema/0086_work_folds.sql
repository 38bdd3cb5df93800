-- purpose: spans of the batch that are no call of their own
-- grain: one folded span
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_folds
(
    trace_id String COMMENT 'trace of the folded span',
    span_id String COMMENT 'folded span',
    into_trace_id String COMMENT 'trace of the call it was folded into',
    into_span_id String COMMENT 'call it was folded into',
    why LowCardinality(String) COMMENT 'duplicate or aggregate'
)
ENGINE = Memory
COMMENT 'spans of the batch that are no call of their own'
