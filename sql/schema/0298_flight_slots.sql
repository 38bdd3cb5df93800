-- purpose: how many calls ran at once and when their first chunk came, by slots of 15 seconds, which is as fine as a page's clock
-- grain: one slot and workload, and one slot of all workloads together (is_all), which has the highest number at once alone
-- Batch calls are left out. A call counts in the slot in which it starts and runs in all that it touches, up to an hour.
-- written by: the keeper, some hours later, an hour at a time from what then stands
CREATE TABLE IF NOT EXISTS flight_slots
(
    bucket DateTime('UTC') COMMENT 'start of the hour, UTC' CODEC(Delta, ZSTD(1)),
    is_all Bool COMMENT 'all workloads together' CODEC(ZSTD(1)),
    workload LowCardinality(String) COMMENT 'named kind of task; empty with is_all' CODEC(ZSTD(1)),
    slot DateTime('UTC') COMMENT 'start of the slot, UTC' CODEC(Delta, ZSTD(1)),
    calls UInt32 COMMENT 'calls that started in it' CODEC(ZSTD(1)),
    streamed UInt32 COMMENT 'those that report when the first chunk came' CODEC(ZSTD(1)),
    refused UInt32 COMMENT 'those refused by a rate limit' CODEC(ZSTD(1)),
    most_at_once UInt32 COMMENT 'highest number of calls that ran at once in it' CODEC(ZSTD(1)),
    first_chunk_us Array(Float32) COMMENT 'microseconds to the first chunk, of the streamed calls' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'rows count while summed_buckets names this version for the hour' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(bucket)
ORDER BY (is_all, workload, slot)
COMMENT 'Calls at once by slots of 15 seconds'
