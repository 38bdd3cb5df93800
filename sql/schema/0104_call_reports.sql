-- purpose: spans that tell of a call or carry usage, with what they said, as they said it; the keeper reads it
-- grain: one such span; a span sent twice stands twice
-- written by: reports_from_recognised
CREATE TABLE IF NOT EXISTS call_reports
(
    ingested_at DateTime64(6, 'UTC') COMMENT 'when the span arrived' CODEC(Delta, ZSTD(1)),
    trace_id String COMMENT 'trace id, lower-case hex' CODEC(ZSTD(1)),
    span_id String COMMENT 'span id, lower-case hex' CODEC(ZSTD(1)),
    parent_span_id String COMMENT 'parent span id, lower-case hex; empty at a root' CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'call, or the kind of the span that carries an aggregate' CODEC(ZSTD(1)),
    started_at DateTime64(9, 'UTC') COMMENT 'start of the span, UTC' CODEC(Delta, ZSTD(1)),
    duration_ns UInt64 COMMENT 'nanoseconds' CODEC(ZSTD(1)),
    service LowCardinality(String) COMMENT 'service.name of the resource' CODEC(ZSTD(1)),
    environment LowCardinality(String) COMMENT 'deployment environment' CODEC(ZSTD(1)),
    scope LowCardinality(String) COMMENT 'instrumentation scope' CODEC(ZSTD(1)),
    scope_version LowCardinality(String) COMMENT 'version of the scope' CODEC(ZSTD(1)),
    status LowCardinality(String) COMMENT 'ok or error' CODEC(ZSTD(1)),
    roles Array(UInt8) COMMENT 'role of each attribute that has one; see attribute_roles' CODEC(ZSTD(1)),
    texts Array(String) COMMENT 'value of each of these attributes, as text; never a prompt or an answer' CODEC(ZSTD(1)),
    usage_name LowCardinality(String) COMMENT 'attribute that carried the input or output count' CODEC(ZSTD(1)),
    cache_name LowCardinality(String) COMMENT 'attribute that carried cached tokens; empty when none' CODEC(ZSTD(1)),
    json_name LowCardinality(String) COMMENT 'name in a usage object in JSON that tells whose words it uses; empty when there was none' CODEC(ZSTD(1)),
    json_role UInt8 COMMENT '80 the usage object stood in an attribute of its own, 83 in an answer, 0 there was none' CODEC(ZSTD(1)),
    alike_keys Array(UInt64) COMMENT 'keys shared with other reports of the same call that share no id with it; empty where ids serve' CODEC(NONE),
    rule_labels LowCardinality(String) COMMENT 'attributes that rules of spanledger.yaml match, as lines of name=value, sorted' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ingested_at)
ORDER BY (ingested_at, trace_id)
TTL toDateTime(ingested_at) + INTERVAL 400 DAY
SETTINGS index_granularity = 4096, merge_selector_base = 25
COMMENT 'Spans that tell of a call or carry usage, as they said it'
