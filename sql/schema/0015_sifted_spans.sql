-- purpose: spans with their attributes looked up, and whether it takes the long way to read them; keeps nothing
-- grain: one span
-- written by: sift_spans
CREATE TABLE IF NOT EXISTS sifted_spans
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
    event_maps Array(Map(LowCardinality(String), String)) COMMENT 'attributes of each event, as text',
    begins_call Bool COMMENT 'an event says that a model is asked',
    own_names Array(LowCardinality(String)) COMMENT 'attribute names of the span, then of its resource',
    own_texts Array(String) COMMENT 'their values',
    own_roles Array(UInt8) COMMENT 'their roles in attribute_role; 0 = none',
    is_strange Bool COMMENT 'usage may stand in JSON, in events or under names nobody listed'
)
ENGINE = Null
COMMENT 'Spans with the roles of their attributes; keeps nothing'
