-- purpose: sums of calls by the hour and day of their start over every name, so that a page need not read the calls of a settled hour
-- grain: one combination of names in one bucket
-- written by: the keeper, some hours later, a bucket at a time from what then stands; read through the view of the name with _in
CREATE TABLE IF NOT EXISTS call_sums
(
    bucket_s UInt32 COMMENT 'seconds in the bucket: 3600 or 86400' CODEC(ZSTD(1)),
    bucket DateTime('UTC') COMMENT 'start of the bucket, UTC' CODEC(Delta, ZSTD(1)),
    workload LowCardinality(String) COMMENT 'named kind of task' CODEC(ZSTD(1)),
    agent LowCardinality(String) COMMENT 'agent name or empty' CODEC(ZSTD(1)),
    agent_role LowCardinality(String) COMMENT 'orchestrator, worker or empty' CODEC(ZSTD(1)),
    provider LowCardinality(String) COMMENT 'OpenTelemetry GenAI provider name' CODEC(ZSTD(1)),
    model LowCardinality(String) COMMENT 'the model that answered, else the model asked for' CODEC(ZSTD(1)),
    tier LowCardinality(String) COMMENT 'nano, standard, premium or empty' CODEC(ZSTD(1)),
    service_class LowCardinality(String) COMMENT 'standard, batch, flex, priority or fast' CODEC(ZSTD(1)),
    latency_class LowCardinality(String) COMMENT 'interactive, offline or empty' CODEC(ZSTD(1)),
    prompt_version LowCardinality(String) COMMENT 'version of the prompt, as labelled' CODEC(ZSTD(1)),
    change LowCardinality(String) COMMENT 'commit of the agent code' CODEC(ZSTD(1)),
    tenant LowCardinality(String) COMMENT 'whose work it was or empty' CODEC(ZSTD(1)),
    environment LowCardinality(String) COMMENT 'deployment environment or empty' CODEC(ZSTD(1)),
    calls UInt64 COMMENT 'calls that started in the bucket' CODEC(ZSTD(1)),
    failed_calls UInt64 COMMENT 'calls that ended in an error' CODEC(ZSTD(1)),
    unpriced_calls UInt64 COMMENT 'calls whose cost is unknown' CODEC(ZSTD(1)),
    repriced_calls UInt64 COMMENT 'calls whose price was revised since they were first priced' CODEC(ZSTD(1)),
    fallback_calls UInt64 COMMENT 'calls priced in the provider\'s standard context' CODEC(ZSTD(1)),
    list_cost_usd Decimal(38, 12) COMMENT 'USD, sum over priced calls' CODEC(ZSTD(1)),
    fresh_input_cost_usd Decimal(38, 12) COMMENT 'USD for fresh input' CODEC(ZSTD(1)),
    cache_read_cost_usd Decimal(38, 12) COMMENT 'USD for cache reads' CODEC(ZSTD(1)),
    cache_write_cost_usd Decimal(38, 12) COMMENT 'USD for cache writes, short and long' CODEC(ZSTD(1)),
    output_cost_usd Decimal(38, 12) COMMENT 'USD for output' CODEC(ZSTD(1)),
    abandoned_cost_usd Decimal(38, 12) COMMENT 'USD of calls whose output was thrown away' CODEC(ZSTD(1)),
    reported_cost_usd Decimal(38, 12) COMMENT 'USD, what emitters said of priced calls' CODEC(ZSTD(1)),
    reported_list_cost_usd Decimal(38, 12) COMMENT 'USD at list of calls of which the emitter said a cost' CODEC(ZSTD(1)),
    fresh_input_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    cache_read_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    cache_write_short_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    cache_write_long_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    output_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    cache_known_calls UInt64 COMMENT 'calls that report a cache read count' CODEC(ZSTD(1)),
    cache_known_fresh_tokens UInt64 COMMENT 'tokens: fresh input of calls that report a cache read count' CODEC(ZSTD(1)),
    cache_known_input_tokens UInt64 COMMENT 'tokens: all input of calls that report a cache read count; denominator of the cache hit rate' CODEC(ZSTD(1)),
    paid_fresh_tokens UInt64 COMMENT 'tokens: fresh input of calls that have some and a known cost for it' CODEC(ZSTD(1)),
    paid_fresh_usd Decimal(38, 12) COMMENT 'USD for fresh input of calls that have some' CODEC(ZSTD(1)),
    attempts UInt64 COMMENT 'calls that were an attempt of a cascade' CODEC(ZSTD(1)),
    escalated_calls UInt64 COMMENT 'attempts whose answer was not good enough and a higher tier followed' CODEC(ZSTD(1)),
    abandoned_calls UInt64 COMMENT 'calls whose output was thrown away' CODEC(ZSTD(1)),
    dearest_usd Decimal(18, 12) COMMENT 'USD, the dearest call' CODEC(ZSTD(1)),
    dearest_task String COMMENT 'task of the dearest call' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'rows count while summed_buckets names this version for the bucket' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(bucket)
ORDER BY (bucket_s, bucket, workload, agent, agent_role, provider, model, tier, service_class, latency_class, prompt_version, change, tenant, environment)
COMMENT 'Sums of calls by hour and day of their start'
