-- purpose: what calls cost and how long their prompts are by the turn of the conversation, by the hour and day of their start
-- grain: one combination of names in one bucket
-- Calls that do not report their input are left out.
-- written by: the keeper, some hours later, a bucket at a time from what then stands; read through the view of the name with _in
CREATE TABLE IF NOT EXISTS turn_sums
(
    bucket_s UInt32 COMMENT 'seconds in the bucket: 3600 or 86400' CODEC(ZSTD(1)),
    bucket DateTime('UTC') COMMENT 'start of the bucket, UTC' CODEC(Delta, ZSTD(1)),
    workload LowCardinality(String) COMMENT 'named kind of task' CODEC(ZSTD(1)),
    agent LowCardinality(String) COMMENT 'agent name or empty' CODEC(ZSTD(1)),
    turn UInt8 COMMENT 'n-th call of the agent in the task, from 1; 60 stands for all later ones' CODEC(ZSTD(1)),
    model LowCardinality(String) COMMENT 'the model that answered, else the model asked for' CODEC(ZSTD(1)),
    tier LowCardinality(String) COMMENT 'nano, standard, premium or empty' CODEC(ZSTD(1)),
    environment LowCardinality(String) COMMENT 'deployment environment or empty' CODEC(ZSTD(1)),
    calls UInt64 COMMENT 'calls that report their input' CODEC(ZSTD(1)),
    priced_calls UInt64 COMMENT 'those of them whose cost is known' CODEC(ZSTD(1)),
    list_cost_usd Decimal(38, 12) COMMENT 'USD, sum over priced calls' CODEC(ZSTD(1)),
    original_cost_usd Decimal(38, 12) COMMENT 'USD, sum as first priced' CODEC(ZSTD(1)),
    output_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    input_tokens AggregateFunction(quantilesDD(0.01, 0.5, 0.95), Float64) COMMENT 'tokens, all input' CODEC(ZSTD(1)),
    costs_nano_usd AggregateFunction(quantilesDD(0.01, 0.5, 0.95), Float64) COMMENT '1e-9 USD, of priced calls' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'rows count while summed_buckets names this version for the bucket' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(bucket)
ORDER BY (bucket_s, bucket, workload, agent, turn, model, tier, environment)
COMMENT 'Sums of calls by turn, hour and day'
