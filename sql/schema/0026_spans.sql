-- purpose: the tree of every trace, narrow, kept for months so that it survives the TTL of otel_traces
-- grain: one span of any kind; a span sent twice stands twice
-- written by: spans_from_recognised
CREATE TABLE IF NOT EXISTS spans
(
    ingested_at DateTime64(6, 'UTC') COMMENT 'when the span arrived' CODEC(Delta, ZSTD(1)),
    trace_id String COMMENT 'trace id, lower-case hex' CODEC(ZSTD(1)),
    span_id String COMMENT 'span id, lower-case hex' CODEC(ZSTD(1)),
    parent_span_id String COMMENT 'parent span id, lower-case hex; empty at a root' CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'task, agent, tool, handoff, call, outcome or other' CODEC(ZSTD(1)),
    name LowCardinality(String) COMMENT 'name of the span' CODEC(ZSTD(1)),
    agent LowCardinality(String) COMMENT 'agent name as reported' CODEC(ZSTD(1)),
    tool LowCardinality(String) COMMENT 'tool name as reported' CODEC(ZSTD(1)),
    argument_hash UInt64 COMMENT 'hash of the tool arguments; 0 when they were not recorded' CODEC(ZSTD(1)),
    started_at DateTime64(9, 'UTC') COMMENT 'start of the span, UTC' CODEC(Delta, ZSTD(1)),
    duration_ns UInt64 COMMENT 'nanoseconds' CODEC(ZSTD(1)),
    status LowCardinality(String) COMMENT 'ok or error' CODEC(ZSTD(1)),
    service LowCardinality(String) COMMENT 'service.name of the resource' CODEC(ZSTD(1)),
    environment LowCardinality(String) COMMENT 'deployment environment' CODEC(ZSTD(1)),
    task_id String COMMENT 'task id as labelled; empty when not' CODEC(ZSTD(1)),
    conversation_id String COMMENT 'conversation id as labelled; empty when not' CODEC(ZSTD(1)),
    workload LowCardinality(String) COMMENT 'workload as labelled' CODEC(ZSTD(1)),
    tenant LowCardinality(String) COMMENT 'tenant as labelled' CODEC(ZSTD(1)),
    agent_role LowCardinality(String) COMMENT 'orchestrator or worker, as labelled' CODEC(ZSTD(1)),
    architecture LowCardinality(String) COMMENT 'agent architecture, as labelled' CODEC(ZSTD(1)),
    prompt_version LowCardinality(String) COMMENT 'prompt version, as labelled' CODEC(ZSTD(1)),
    change LowCardinality(String) COMMENT 'commit, as labelled' CODEC(ZSTD(1)),
    pull_request LowCardinality(String) COMMENT 'pull request, as labelled' CODEC(ZSTD(1)),
    latency_class LowCardinality(String) COMMENT 'interactive or offline, as labelled' CODEC(ZSTD(1)),
    case_id String COMMENT 'eval case, as labelled' CODEC(ZSTD(1)),
    run_id String COMMENT 'eval run, as labelled' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ingested_at)
ORDER BY (ingested_at, trace_id)
TTL toDateTime(ingested_at) + INTERVAL 400 DAY
SETTINGS index_granularity = 4096
COMMENT 'One span of any kind, narrow: the tree'
