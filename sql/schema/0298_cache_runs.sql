-- purpose: what the calls of one prompt prefix did with its cache, by the hour and day of their start, so that runs can be joined end to end
-- grain: one prefix of a workload, agent and model in one bucket; and, as prefix 0, the pauses between calls of all its prefixes
-- written by: the keeper, some hours later, a bucket at a time from what then stands; read through cache_runs_in
CREATE TABLE IF NOT EXISTS cache_runs
(
    bucket_s UInt32 COMMENT 'seconds in the bucket: 3600 or 86400' CODEC(ZSTD(1)),
    bucket DateTime('UTC') COMMENT 'start of the bucket, UTC' CODEC(Delta, ZSTD(1)),
    workload LowCardinality(String) COMMENT 'named kind of task' CODEC(ZSTD(1)),
    agent LowCardinality(String) COMMENT 'agent name or empty' CODEC(ZSTD(1)),
    model LowCardinality(String) COMMENT 'the model that answered, else the model asked for' CODEC(ZSTD(1)),
    is_named Bool COMMENT 'the hooks name the prefix; else it is one prompt version for one tenant' CODEC(ZSTD(1)),
    prefix UInt64 COMMENT 'hash of the prefix; 0 = the row of pauses' CODEC(ZSTD(1)),
    calls UInt64 COMMENT 'calls that succeeded and report a cache count' CODEC(ZSTD(1)),
    first_us UInt64 COMMENT 'unix microseconds, start of the first call' CODEC(ZSTD(1)),
    last_us UInt64 COMMENT 'unix microseconds, start of the last call' CODEC(ZSTD(1)),
    first_read_us UInt64 COMMENT 'unix microseconds, start of the first call that read the cache; 0 = none did' CODEC(ZSTD(1)),
    writes UInt64 COMMENT 'calls that wrote' CODEC(ZSTD(1)),
    long_writes UInt64 COMMENT 'calls that wrote with the extended lifetime' CODEC(ZSTD(1)),
    write_usd Decimal(38, 12) COMMENT 'USD paid for writes' CODEC(ZSTD(1)),
    missed UInt64 COMMENT 'writes of which the next read in the bucket came too late' CODEC(ZSTD(1)),
    missed_usd Decimal(38, 12) COMMENT 'USD paid for those' CODEC(ZSTD(1)),
    pending Array(Tuple(until_us UInt64, usd Decimal(18, 12))) COMMENT 'writes that no read of the bucket follows: when they lapse, unix microseconds, and USD' CODEC(ZSTD(1)),
    gaps UInt64 COMMENT 'pauses between two calls of the bucket' CODEC(ZSTD(1)),
    short_gaps UInt64 COMMENT 'those up to 5 minutes' CODEC(ZSTD(1)),
    hour_gaps UInt64 COMMENT 'those from 5 to 60 minutes' CODEC(ZSTD(1)),
    gap_steps Array(UInt16) COMMENT 'in the row of pauses: logarithms of their milliseconds, to the base 1.02' CODEC(ZSTD(1)),
    gap_counts Array(UInt64) COMMENT 'how many pauses of each step' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'rows count while summed_buckets names this version for the bucket' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(bucket)
ORDER BY (bucket_s, bucket, workload, agent, model, is_named, prefix)
COMMENT 'Cache use of prompt prefixes by hour and day'
