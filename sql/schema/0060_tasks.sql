-- purpose: one unit of work that somebody wanted, with everything it cost
-- grain: one task
-- written by: the keeper, recomputed whole from llm_calls for every touched task
CREATE TABLE IF NOT EXISTS tasks
(
    task_id String COMMENT 'our attribute, else the conversation id, else the trace id' CODEC(ZSTD(1)),
    workload LowCardinality(String) COMMENT 'named kind of task' CODEC(ZSTD(1)),
    tenant LowCardinality(String) COMMENT 'whose work it was; empty when not reported' CODEC(ZSTD(1)),
    environment LowCardinality(String) COMMENT 'deployment environment' CODEC(ZSTD(1)),
    started_at DateTime64(6, 'UTC') COMMENT 'first span of the task, UTC' CODEC(Delta, ZSTD(1)),
    ended_at DateTime64(6, 'UTC') COMMENT 'last span of the task ended, UTC; periods are taken by this' CODEC(Delta, ZSTD(1)),
    duration_s Float64 COMMENT 'seconds from started_at to ended_at' CODEC(ZSTD(1)),
    status LowCardinality(String) COMMENT 'ok or error, of the task span; ok without one' CODEC(ZSTD(1)),
    calls UInt32 COMMENT 'calls of the task: failed, abandoned and judges included' CODEC(ZSTD(1)),
    failed_calls UInt32 COMMENT 'calls that ended in an error' CODEC(ZSTD(1)),
    tool_calls UInt32 COMMENT 'tool spans of the task' CODEC(ZSTD(1)),
    list_cost_usd Decimal(38, 12) COMMENT 'USD, sum over priced calls; see unpriced_calls' CODEC(ZSTD(1)),
    original_cost_usd Decimal(38, 12) COMMENT 'USD, sum as first priced' CODEC(ZSTD(1)),
    reported_cost_usd Nullable(Decimal(38, 12)) COMMENT 'USD, sum of what emitters said; NULL when none did' CODEC(ZSTD(1)),
    unpriced_calls UInt32 COMMENT 'calls whose cost is unknown' CODEC(ZSTD(1)),
    abandoned_cost_usd Decimal(38, 12) COMMENT 'USD of calls whose output was thrown away' CODEC(ZSTD(1)),
    fresh_input_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    cache_read_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    cache_write_tokens UInt64 COMMENT 'tokens, short and long, sum over calls that report them' CODEC(ZSTD(1)),
    cache_known_input_tokens UInt64 COMMENT 'tokens: all input of calls that report a cache read count; denominator of the cache hit rate' CODEC(ZSTD(1)),
    output_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    reasoning_tokens UInt64 COMMENT 'tokens, sum over calls that report them' CODEC(ZSTD(1)),
    escalations UInt32 COMMENT 'attempts whose answer was not good enough and a higher tier followed' CODEC(ZSTD(1)),
    attempts UInt32 COMMENT 'attempts of its cascades; one of several calls counts once' CODEC(ZSTD(1)),
    cascades UInt32 COMMENT 'distinct cascades of the task' CODEC(ZSTD(1)),
    highest_tier LowCardinality(String) COMMENT 'highest tier that any call of the task used; empty when unknown' CODEC(ZSTD(1)),
    retries UInt32 COMMENT 'tries inside calls beyond the first, where reported' CODEC(ZSTD(1)),
    agents Array(LowCardinality(String)) COMMENT 'distinct agents, sorted' CODEC(ZSTD(1)),
    models Array(LowCardinality(String)) COMMENT 'distinct models, sorted: the model that answered, else the model asked for' CODEC(ZSTD(1)),
    tiers Array(LowCardinality(String)) COMMENT 'distinct tiers, sorted' CODEC(ZSTD(1)),
    architecture LowCardinality(String) COMMENT 'agent architecture, as labelled' CODEC(ZSTD(1)),
    prompt_version LowCardinality(String) COMMENT 'prompt version of the latest call that names one' CODEC(ZSTD(1)),
    change LowCardinality(String) COMMENT 'commit of the agent code of the latest call that names one' CODEC(ZSTD(1)),
    pull_request LowCardinality(String) COMMENT 'pull request of the latest call that names one' CODEC(ZSTD(1)),
    latency_class LowCardinality(String) COMMENT 'interactive or offline; empty when not known' CODEC(ZSTD(1)),
    case_id String COMMENT 'eval case; empty in production' CODEC(ZSTD(1)),
    run_id String COMMENT 'eval run; empty in production' CODEC(ZSTD(1)),
    traces UInt32 COMMENT 'traces the task is spread over' CODEC(ZSTD(1)),
    success Nullable(Bool) COMMENT 'newest outcome; NULL = no outcome yet' CODEC(ZSTD(1)),
    checker LowCardinality(String) COMMENT 'who judged; empty without an outcome' CODEC(ZSTD(1)),
    checker_kind LowCardinality(String) COMMENT 'deterministic, model_judge or human; empty when not stated' CODEC(ZSTD(1)),
    useful_units Nullable(Float64) COMMENT 'useful output in units; NULL = none stated' CODEC(ZSTD(1)),
    unit LowCardinality(String) COMMENT 'name of the unit' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'keeper batch that wrote the row; the newest wins' CODEC(ZSTD(1)),
    is_deleted UInt8 COMMENT '1 takes the row back' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMMDD(ended_at)
ORDER BY task_id
SETTINGS index_granularity = 1024
COMMENT 'One task: one unit of work that somebody wanted; what cost is charged to'
