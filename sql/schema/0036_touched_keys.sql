-- purpose: what the keeper has yet to recompute; a part is dropped only after everything in it was recomputed
-- grain: one key in one trace in one insert
-- written by: touch, and by rebuild
CREATE TABLE IF NOT EXISTS touched_keys
(
    key UInt64 COMMENT 'as in key_index' CODEC(NONE),
    kind UInt8 COMMENT '1 trace, 2 task, 3 conversation, 4 response id' CODEC(ZSTD(1)),
    trace_id String COMMENT 'trace that holds the key, lower-case hex' CODEC(ZSTD(1)),
    ingested_at DateTime64(6, 'UTC') COMMENT 'insert in which it stands' CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY tuple()
SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1, parts_to_delay_insert = 100000, parts_to_throw_insert = 200000, old_parts_lifetime = 10
COMMENT 'What the keeper has yet to recompute'
