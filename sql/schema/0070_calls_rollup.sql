-- purpose: sums of calls for trends
-- grain: workload x provider x model x tier x agent x environment x service class x minute, folded to hours when old
-- written by: the keeper, recomputed whole for every touched minute
CREATE TABLE IF NOT EXISTS calls_rollup
(
    minute DateTime('UTC') COMMENT 'start of the bucket, UTC' CODEC(Delta, ZSTD(1)),
    bucket_s UInt16 COMMENT 'seconds in the bucket: 60, or 3600 once folded' CODEC(ZSTD(1)),
    workload LowCardinality(String) COMMENT 'named kind of task' CODEC(ZSTD(1)),
    provider LowCardinality(String) COMMENT 'OpenTelemetry GenAI provider name' CODEC(ZSTD(1)),
    model LowCardinality(String) COMMENT 'the model that answered, else the model asked for' CODEC(ZSTD(1)),
    tier LowCardinality(String) COMMENT 'nano, standard, premium or empty' CODEC(ZSTD(1)),
    agent LowCardinality(String) COMMENT 'agent name or empty' CODEC(ZSTD(1)),
    environment LowCardinality(String) COMMENT 'deployment environment or empty' CODEC(ZSTD(1)),
    service_class LowCardinality(String) COMMENT 'standard, batch, flex, priority or fast' CODEC(ZSTD(1)),
    calls UInt64 COMMENT 'calls that started in the bucket' CODEC(ZSTD(1)),
    failed_calls UInt64 COMMENT 'calls that ended in an error' CODEC(ZSTD(1)),
    unpriced_calls UInt64 COMMENT 'calls whose cost is unknown' CODEC(ZSTD(1)),
    list_cost_usd Decimal(38, 12) COMMENT 'USD, sum over priced calls' CODEC(ZSTD(1)),
    original_cost_usd Decimal(38, 12) COMMENT 'USD, sum as first priced' CODEC(ZSTD(1)),
    abandoned_cost_usd Decimal(38, 12) COMMENT 'USD of calls whose output was thrown away' CODEC(ZSTD(1)),
    fresh_input_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    cache_read_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    cache_write_short_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    cache_write_long_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    cache_known_input_tokens UInt64 COMMENT 'tokens: all input of calls that report a cache read count; denominator of the cache hit rate' CODEC(ZSTD(1)),
    output_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    reasoning_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    attempts UInt64 COMMENT 'calls that were an attempt of a cascade' CODEC(ZSTD(1)),
    escalated_calls UInt64 COMMENT 'attempts whose answer was not good enough and a higher tier followed' CODEC(ZSTD(1)),
    abandoned_calls UInt64 COMMENT 'calls whose output was thrown away' CODEC(ZSTD(1)),
    duration_s Float64 COMMENT 'seconds, sum over calls that report a duration' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'keeper batch that wrote the row; the newest wins' CODEC(ZSTD(1)),
    is_deleted UInt8 COMMENT '1 takes the row back' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(minute)
ORDER BY (minute, workload, provider, model, tier, agent, environment, service_class, bucket_s)
COMMENT 'Sums of calls for trends, by minute, folded to hours when old'
