-- purpose: finds every trace that shares a key: its own id, a task, a conversation, a response id
-- grain: one key in one trace in one insert
-- written by: keys_from_recognised
CREATE TABLE IF NOT EXISTS key_index
(
    key UInt64 COMMENT 'sipHash64 of the kind of key and its value; a collision only recomputes more' CODEC(ZSTD(1)),
    kind UInt8 COMMENT '1 trace, 2 task, 3 conversation, 4 response id' CODEC(ZSTD(1)),
    trace_id String COMMENT 'trace that holds the key, lower-case hex' CODEC(ZSTD(1)),
    ingested_at DateTime64(6, 'UTC') COMMENT 'insert in which it stands; leads to the rows of spans and call_candidates' CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY key
TTL toDateTime(ingested_at) + INTERVAL 400 DAY
SETTINGS index_granularity = 512
COMMENT 'Which traces share a key, and where their rows stand'
