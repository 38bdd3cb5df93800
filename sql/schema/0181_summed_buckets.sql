-- purpose: which hours and days are summed, and under which number their sums stand
-- grain: one bucket of one basis
-- written by: the keeper; taken back before a call of the bucket changes, written after its sums stand whole
CREATE TABLE IF NOT EXISTS summed_buckets
(
    basis LowCardinality(String) COMMENT 'start = calls by their start (call_sums, call_levels), end = calls by the end of their task (task_sums)' CODEC(ZSTD(1)),
    bucket_s UInt32 COMMENT 'seconds in the bucket: 3600 or 86400' CODEC(ZSTD(1)),
    bucket DateTime('UTC') COMMENT 'start of the bucket, UTC' CODEC(Delta, ZSTD(1)),
    sums UInt64 COMMENT 'version of the rows that are its sums; 0 = none stand, read the calls' CODEC(ZSTD(1)),
    revision UInt64 COMMENT 'number of the change; the newest wins' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (basis, bucket_s, bucket)
COMMENT 'Hours and days whose sums stand'
