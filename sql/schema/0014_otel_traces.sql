-- purpose: spans as received, in the columns and types of the OpenTelemetry ClickHouse exporter
-- grain: one span; a span sent twice stands twice
-- written by: store_spans, or an OpenTelemetry Collector's clickhouse exporter
CREATE TABLE IF NOT EXISTS otel_traces
(
    Timestamp DateTime64(9) COMMENT 'start of the span, UTC' CODEC(Delta, ZSTD(1)),
    TraceId String COMMENT 'trace id, lower-case hex' CODEC(ZSTD(1)),
    SpanId String COMMENT 'span id, lower-case hex' CODEC(ZSTD(1)),
    ParentSpanId String COMMENT 'parent span id, lower-case hex; empty at a root' CODEC(ZSTD(1)),
    TraceState String COMMENT 'W3C trace state' CODEC(ZSTD(1)),
    SpanName LowCardinality(String) COMMENT 'name of the span' CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) COMMENT 'Unspecified, Internal, Server, Client, Producer or Consumer' CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) COMMENT 'service.name of the resource' CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) COMMENT 'attributes of the resource, as text' CODEC(ZSTD(1)),
    ScopeName String COMMENT 'instrumentation scope' CODEC(ZSTD(1)),
    ScopeVersion String COMMENT 'version of the instrumentation scope' CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) COMMENT 'attributes of the span, as text; prompts and completions dropped unless switched on' CODEC(ZSTD(1)),
    Duration UInt64 COMMENT 'nanoseconds; 0 when the end lies before the start' CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) COMMENT 'Unset, Ok or Error' CODEC(ZSTD(1)),
    StatusMessage String COMMENT 'message of the status' CODEC(ZSTD(1)),
    Events Nested
    (
        Timestamp DateTime64(9),
        Name LowCardinality(String),
        Attributes Map(LowCardinality(String), String)
    ) COMMENT 'events of the span' CODEC(ZSTD(1)),
    Links Nested
    (
        TraceId String,
        SpanId String,
        TraceState String,
        Attributes Map(LowCardinality(String), String)
    ) COMMENT 'links of the span' CODEC(ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))
TTL toDateTime(Timestamp) + INTERVAL 30 DAY
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1
COMMENT 'Spans as received, as the OpenTelemetry ClickHouse exporter writes them'
