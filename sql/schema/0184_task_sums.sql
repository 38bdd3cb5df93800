-- purpose: what the tasks that ended in an hour or day used and cost, for the split of a cost difference into causes
-- grain: one combination of names in one bucket
-- written by: the keeper, some hours later, a bucket at a time from what then stands; read through the view of the name with _in
CREATE TABLE IF NOT EXISTS task_sums
(
    bucket_s UInt32 COMMENT 'seconds in the bucket: 3600 or 86400' CODEC(ZSTD(1)),
    bucket DateTime('UTC') COMMENT 'start of the bucket, UTC' CODEC(Delta, ZSTD(1)),
    workload LowCardinality(String) COMMENT 'workload of the task' CODEC(ZSTD(1)),
    environment LowCardinality(String) COMMENT 'environment of the task' CODEC(ZSTD(1)),
    tenant LowCardinality(String) COMMENT 'tenant of the task' CODEC(ZSTD(1)),
    change LowCardinality(String) COMMENT 'commit of the agent code of the task' CODEC(ZSTD(1)),
    agent LowCardinality(String) COMMENT 'agent name or empty' CODEC(ZSTD(1)),
    tier LowCardinality(String) COMMENT 'nano, standard, premium or empty' CODEC(ZSTD(1)),
    prompt_version LowCardinality(String) COMMENT 'prompt version of the call' CODEC(ZSTD(1)),
    provider LowCardinality(String) COMMENT 'OpenTelemetry GenAI provider name' CODEC(ZSTD(1)),
    model LowCardinality(String) COMMENT 'the model that answered, else the model asked for' CODEC(ZSTD(1)),
    service_class LowCardinality(String) COMMENT 'standard, batch, flex, priority or fast' CODEC(ZSTD(1)),
    price_tier LowCardinality(String) COMMENT 'region and prompt length that set the price; empty = the ordinary one' CODEC(ZSTD(1)),
    calls UInt64 COMMENT 'priced calls of tasks that ended in the bucket' CODEC(ZSTD(1)),
    unpriced_calls UInt64 COMMENT 'calls whose cost is unknown' CODEC(ZSTD(1)),
    fresh_input_tokens UInt64 COMMENT 'tokens of priced calls' CODEC(ZSTD(1)),
    cache_read_tokens UInt64 COMMENT 'tokens of priced calls' CODEC(ZSTD(1)),
    cache_write_short_tokens UInt64 COMMENT 'tokens of priced calls' CODEC(ZSTD(1)),
    cache_write_long_tokens UInt64 COMMENT 'tokens of priced calls' CODEC(ZSTD(1)),
    output_tokens UInt64 COMMENT 'tokens of priced calls' CODEC(ZSTD(1)),
    fresh_input_cost_usd Decimal(38, 12) COMMENT 'USD for fresh input' CODEC(ZSTD(1)),
    cache_read_cost_usd Decimal(38, 12) COMMENT 'USD for cache reads' CODEC(ZSTD(1)),
    cache_write_short_cost_usd Decimal(38, 12) COMMENT 'USD for cache writes of the default lifetime' CODEC(ZSTD(1)),
    cache_write_long_cost_usd Decimal(38, 12) COMMENT 'USD for cache writes of the extended lifetime' CODEC(ZSTD(1)),
    output_cost_usd Decimal(38, 12) COMMENT 'USD for output' CODEC(ZSTD(1)),
    tool_fee_usd Decimal(38, 12) COMMENT 'USD for provider-side tools' CODEC(ZSTD(1)),
    list_cost_usd Decimal(38, 12) COMMENT 'USD, their sum' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'rows count while summed_buckets names this version for the bucket' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(bucket)
ORDER BY (bucket_s, bucket, workload, environment, tenant, change, agent, tier, prompt_version, provider, model, service_class, price_tier)
COMMENT 'Calls by hour and day in which their task ended'
