-- purpose: remembers refused spans, and why
-- grain: one refused span
-- reads: otel_intake; writes: rejected_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS store_rejected TO rejected_spans AS
SELECT
    now('UTC') AS received_at,
    RejectReason AS reason,
    ServiceName AS service,
    ScopeName AS scope,
    substring(SpanName, 1, 256) AS name,
    substring(TraceId, 1, 64) AS trace_id,
    substring(SpanId, 1, 64) AS span_id
FROM otel_intake
WHERE RejectReason != ''
