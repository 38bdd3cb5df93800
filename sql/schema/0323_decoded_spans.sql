-- purpose: accepted spans whose arrays and maps are JSON now; keeps nothing
-- grain: one span
-- written by: decode_spans
CREATE TABLE IF NOT EXISTS decoded_spans
(
    Timestamp DateTime64(9) COMMENT 'start of the span, UTC',
    TraceId String COMMENT 'trace id, lower-case hex',
    SpanId String COMMENT 'span id, lower-case hex',
    ParentSpanId String COMMENT 'parent span id, lower-case hex; empty at a root',
    TraceState String COMMENT 'W3C trace state',
    SpanName LowCardinality(String) COMMENT 'name of the span',
    SpanKind LowCardinality(String) COMMENT 'Unspecified, Internal, Server, Client, Producer or Consumer',
    ServiceName LowCardinality(String) COMMENT 'service.name of the resource',
    ResourceAttributes Map(LowCardinality(String), String) COMMENT 'attributes of the resource, as text',
    ScopeName String COMMENT 'instrumentation scope',
    ScopeVersion String COMMENT 'version of the instrumentation scope',
    SpanAttributes Map(LowCardinality(String), String) COMMENT 'attributes of the span, as text',
    Duration UInt64 COMMENT 'nanoseconds; 0 when the end lies before the start',
    StatusCode LowCardinality(String) COMMENT 'Unset, Ok or Error',
    StatusMessage String COMMENT 'message of the status',
    `Events.Timestamp` Array(DateTime64(9)) COMMENT 'time of each event, UTC',
    `Events.Name` Array(LowCardinality(String)) COMMENT 'name of each event',
    `Events.Attributes` Array(Map(LowCardinality(String), String)) COMMENT 'attributes of each event, as text',
    `Links.TraceId` Array(String) COMMENT 'trace id of each link',
    `Links.SpanId` Array(String) COMMENT 'span id of each link',
    `Links.TraceState` Array(String) COMMENT 'W3C trace state of each link',
    `Links.Attributes` Array(Map(LowCardinality(String), String)) COMMENT 'attributes of each link, as text'
)
ENGINE = Null
COMMENT 'Accepted spans whose arrays and maps are JSON now; keeps nothing'
