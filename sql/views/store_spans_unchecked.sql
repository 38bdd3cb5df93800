-- purpose: keeps accepted spans that hold no content
-- grain: one span
-- reads: otel_intake; writes: otel_traces
CREATE MATERIALIZED VIEW IF NOT EXISTS store_spans TO otel_traces AS
SELECT
    Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName,
    ResourceAttributes, ScopeName, ScopeVersion, SpanAttributes, Duration, StatusCode, StatusMessage,
    `Events.Timestamp`, `Events.Name`, `Events.Attributes`,
    `Links.TraceId`, `Links.SpanId`, `Links.TraceState`, `Links.Attributes`
FROM otel_intake
WHERE RejectReason = '' AND NOT MayHoldContent AND NOT IsUndecoded
