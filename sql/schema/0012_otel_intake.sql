-- purpose: every span on its way in, in the columns of the OpenTelemetry ClickHouse exporter; keeps nothing
-- grain: one span
-- written by: parse_requests, or an OpenTelemetry Collector whose exporter names this table instead of otel_traces
CREATE TABLE IF NOT EXISTS otel_intake
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
    `Links.Attributes` Array(Map(LowCardinality(String), String)) COMMENT 'attributes of each link, as text',
    RejectReason LowCardinality(String) DEFAULT '' COMMENT 'why the span is refused; empty when it is taken',
    MayHoldContent Bool DEFAULT true COMMENT 'whether attributes or events may hold prompts, completions or long texts',
    IsUndecoded Bool DEFAULT false COMMENT 'whether attributes hold arrays or maps as they came, after the bytes 0 and 1'
)
ENGINE = Null
COMMENT 'Every span on its way in; keeps nothing'
