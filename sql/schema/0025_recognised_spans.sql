-- purpose: spans with their attributes looked up once, on the way to the narrow tables; keeps nothing
-- grain: one span
-- written by: recognise
CREATE TABLE IF NOT EXISTS recognised_spans
(
    ingested_at DateTime64(6, 'UTC') COMMENT 'when the insert that carried the span was read; the same for all of a block',
    trace_id String COMMENT 'trace id, lower-case hex',
    span_id String COMMENT 'span id, lower-case hex',
    parent_span_id String COMMENT 'parent span id, lower-case hex; empty at a root',
    started_at DateTime64(9, 'UTC') COMMENT 'start of the span, UTC',
    duration_ns UInt64 COMMENT 'nanoseconds',
    name LowCardinality(String) COMMENT 'name of the span',
    service LowCardinality(String) COMMENT 'service.name of the resource',
    environment LowCardinality(String) COMMENT 'deployment environment of the resource',
    scope LowCardinality(String) COMMENT 'instrumentation scope',
    scope_version LowCardinality(String) COMMENT 'version of the scope',
    status LowCardinality(String) COMMENT 'ok or error',
    kind LowCardinality(String) COMMENT 'task, agent, tool, handoff, call, outcome or other',
    roles Array(UInt8) COMMENT 'role of each attribute, 0 when it has none; see attribute_roles; from 100 on it stood in a usage object in JSON',
    texts Array(String) COMMENT 'value of each attribute, as text',
    usage_name LowCardinality(String) COMMENT 'attribute that carried the input or output count',
    cache_name LowCardinality(String) COMMENT 'attribute that carried cached tokens; empty when none',
    json_name LowCardinality(String) COMMENT 'name in the usage object that tells whose words it uses; empty when there is no object',
    json_role UInt8 COMMENT '80 the usage object stood in an attribute of its own, 83 in an answer, 0 there is none',
    alike_keys Array(UInt64) COMMENT 'keys shared with other reports of the same call that share no id with it; empty where ids serve',
    rule_labels LowCardinality(String) COMMENT 'attributes that rules of spanledger.yaml match, as lines of name=value, sorted'
)
ENGINE = Null
COMMENT 'Spans with their attributes looked up once; keeps nothing'
