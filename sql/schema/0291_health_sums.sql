-- purpose: who reported calls, how they were priced and what that rests on, by the hour and day of their start
-- grain: one combination of names in one bucket
-- written by: the keeper, some hours later, a bucket at a time from what then stands; read through the view of the name with _in
CREATE TABLE IF NOT EXISTS health_sums
(
    bucket_s UInt32 COMMENT 'seconds in the bucket: 3600 or 86400' CODEC(ZSTD(1)),
    bucket DateTime('UTC') COMMENT 'start of the bucket, UTC' CODEC(Delta, ZSTD(1)),
    workload LowCardinality(String) COMMENT 'named kind of task' CODEC(ZSTD(1)),
    agent LowCardinality(String) COMMENT 'agent name or empty' CODEC(ZSTD(1)),
    provider LowCardinality(String) COMMENT 'OpenTelemetry GenAI provider name' CODEC(ZSTD(1)),
    model LowCardinality(String) COMMENT 'the model that answered, else the model asked for' CODEC(ZSTD(1)),
    tier LowCardinality(String) COMMENT 'nano, standard, premium or empty' CODEC(ZSTD(1)),
    environment LowCardinality(String) COMMENT 'deployment environment or empty' CODEC(ZSTD(1)),
    pricing_status LowCardinality(String) COMMENT 'how the call was priced' CODEC(ZSTD(1)),
    pricing_note LowCardinality(String) COMMENT 'what its price rests on; comma-separated, empty when nothing' CODEC(ZSTD(1)),
    suppressed_why LowCardinality(String) COMMENT 'why other reports were folded into it; comma-separated' CODEC(ZSTD(1)),
    convention LowCardinality(String) COMMENT 'how usage was recognised' CODEC(ZSTD(1)),
    emitter LowCardinality(String) COMMENT 'instrumentation scope that reported it' CODEC(ZSTD(1)),
    emitter_version LowCardinality(String) COMMENT 'version of that scope' CODEC(ZSTD(1)),
    calls UInt64 COMMENT 'calls that started in the bucket' CODEC(ZSTD(1)),
    costless_calls UInt64 COMMENT 'calls without a cost that are billed' CODEC(ZSTD(1)),
    no_cache_calls UInt64 COMMENT 'calls that report input but no cache count' CODEC(ZSTD(1)),
    folded_calls UInt64 COMMENT 'calls with other reports folded in' CODEC(ZSTD(1)),
    suppressed_spans UInt64 COMMENT 'reports folded into them' CODEC(ZSTD(1)),
    list_cost_usd Decimal(38, 12) COMMENT 'USD, sum over priced calls' CODEC(ZSTD(1)),
    original_cost_usd Decimal(38, 12) COMMENT 'USD, sum as first priced' CODEC(ZSTD(1)),
    said_calls UInt64 COMMENT 'priced calls of which the emitter says a cost above zero' CODEC(ZSTD(1)),
    said_usd Decimal(38, 12) COMMENT 'USD that emitters say those cost' CODEC(ZSTD(1)),
    said_list_usd Decimal(38, 12) COMMENT 'USD of the same calls by our prices' CODEC(ZSTD(1)),
    gap_calls UInt64 COMMENT 'those of them that differ by more than 1 %' CODEC(ZSTD(1)),
    costless_tasks AggregateFunction(uniqCombined64(14), UInt64) COMMENT 'distinct tasks of calls without a cost that are billed' CODEC(ZSTD(1)),
    last_seen DateTime64(6, 'UTC') COMMENT 'start of the latest call' CODEC(Delta, ZSTD(1)),
    last_task String COMMENT 'task of the latest call' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'rows count while summed_buckets names this version for the bucket' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(bucket)
ORDER BY (bucket_s, bucket, workload, agent, provider, model, tier, environment, pricing_status, pricing_note, suppressed_why, convention, emitter, emitter_version)
COMMENT 'Sums on the health of data by hour and day'
