-- purpose: spans with all they tell under the roles of attribute_role, wherever it stood; keeps nothing
-- grain: one span
-- written by: tell_plain, tell_strange
CREATE TABLE IF NOT EXISTS told_spans
(
    TraceId String COMMENT 'trace id, lower-case hex',
    SpanId String COMMENT 'span id, lower-case hex',
    ParentSpanId String COMMENT 'parent span id, lower-case hex; empty at a root',
    Timestamp DateTime64(9) COMMENT 'start of the span, UTC',
    Duration UInt64 COMMENT 'nanoseconds',
    SpanName LowCardinality(String) COMMENT 'name of the span',
    ServiceName LowCardinality(String) COMMENT 'service.name of the resource',
    ResourceAttributes Map(LowCardinality(String), String) COMMENT 'attributes of the resource, as text',
    ScopeName String COMMENT 'instrumentation scope',
    ScopeVersion String COMMENT 'version of the instrumentation scope',
    StatusCode LowCardinality(String) COMMENT 'Unset, Ok or Error',
    begins_call Bool COMMENT 'an event says that a model is asked',
    json_role UInt8 COMMENT 'role of the JSON its usage comes from; 0 = none',
    names Array(LowCardinality(String)) COMMENT 'attribute names, and those found in JSON after the sign for braces',
    roles Array(UInt8) COMMENT 'their roles',
    texts Array(String) COMMENT 'their values'
)
ENGINE = Null
COMMENT 'Spans with all they tell; keeps nothing'
