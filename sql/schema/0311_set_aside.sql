-- purpose: traces that cannot be recomputed, set aside so that they hold up no others; rebuild, or a new span of theirs, tries them again
-- grain: one trace; one that was recomputed after all is deleted
-- written by: the keeper
CREATE TABLE IF NOT EXISTS set_aside
(
    trace_id String COMMENT 'trace id, lower-case hex' CODEC(ZSTD(1)),
    problem String COMMENT 'what the ledger answered' CODEC(ZSTD(1)),
    at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'when this was written; the newest holds',
    is_deleted UInt8 COMMENT '1 = recomputed after all'
)
ENGINE = ReplacingMergeTree(at, is_deleted)
ORDER BY trace_id
TTL toDateTime(at) + INTERVAL 400 DAY
COMMENT 'Traces that cannot be recomputed'
