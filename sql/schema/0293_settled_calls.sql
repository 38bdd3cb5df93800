-- purpose: the calls of settled hours that pages must follow one by one, in few narrow columns: those of cascades, and all of 1 in 4 tasks
-- grain: one call
-- Ids are hashed: comparing numbers costs a small part of comparing texts. A call may stand for both reasons.
-- written by: the keeper, some hours later, an hour at a time from what then stands; read through cascade_calls_in and task_sample_in
CREATE TABLE IF NOT EXISTS settled_calls
(
    bucket DateTime('UTC') COMMENT 'start of the hour, UTC' CODEC(Delta, ZSTD(1)),
    in_cascade Bool COMMENT 'it belongs to a cascade or was escalated' CODEC(ZSTD(1)),
    rarity UInt8 COMMENT 'the task is among 1 in 2^rarity, by its hash; 0 and 1 = here for its cascade only' CODEC(ZSTD(1)),
    started_at DateTime64(6, 'UTC') COMMENT 'start of the call, UTC' CODEC(Delta, ZSTD(1)),
    duration_s Nullable(Float32) COMMENT 'seconds; NULL when not reported' CODEC(ZSTD(1)),
    workload LowCardinality(String) COMMENT 'named kind of task' CODEC(ZSTD(1)),
    agent LowCardinality(String) COMMENT 'agent name or empty' CODEC(ZSTD(1)),
    agent_role LowCardinality(String) COMMENT 'orchestrator, worker or empty' CODEC(ZSTD(1)),
    architecture LowCardinality(String) COMMENT 'agent architecture of the task, as labelled' CODEC(ZSTD(1)),
    model LowCardinality(String) COMMENT 'the model that answered, else the model asked for' CODEC(ZSTD(1)),
    tier LowCardinality(String) COMMENT 'nano, standard, premium or empty' CODEC(ZSTD(1)),
    tenant LowCardinality(String) COMMENT 'whose work it was or empty' CODEC(ZSTD(1)),
    environment LowCardinality(String) COMMENT 'deployment environment or empty' CODEC(ZSTD(1)),
    call UInt64 COMMENT 'hash of the call' CODEC(NONE),
    task UInt64 COMMENT 'hash of the task' CODEC(ZSTD(1)),
    parent UInt64 COMMENT 'hash of the parent span' CODEC(ZSTD(1)),
    turn UInt32 COMMENT 'n-th call of this agent in this task, from 1' CODEC(ZSTD(1)),
    input_tokens Nullable(UInt64) COMMENT 'tokens, all input; NULL when not reported' CODEC(ZSTD(1)),
    cascade UInt64 COMMENT 'hash of the cascade in its task; 0 outside one' CODEC(ZSTD(1)),
    attempt Nullable(UInt16) COMMENT 'which try of the cascade, from 1; NULL outside one' CODEC(ZSTD(1)),
    escalated Bool COMMENT 'the answer was judged not good enough and a higher tier followed' CODEC(ZSTD(1)),
    escalation_signal LowCardinality(String) COMMENT 'why it was judged not good enough' CODEC(ZSTD(1)),
    abandoned Bool COMMENT 'the output was thrown away' CODEC(ZSTD(1)),
    is_unpriced Bool COMMENT 'its cost is unknown' CODEC(ZSTD(1)),
    list_cost_usd Nullable(Decimal(18, 12)) COMMENT 'USD; NULL when unpriced' CODEC(ZSTD(1)),
    original_cost_usd Nullable(Decimal(18, 12)) COMMENT 'USD, what the call was first priced at' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'rows count while summed_buckets names this version for the hour' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(bucket)
ORDER BY (in_cascade, rarity, bucket, task, call)
COMMENT 'Calls of settled hours that pages follow one by one'
