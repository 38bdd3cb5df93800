-- purpose: hands accepted spans that may hold content on; where there is none, nothing after it is planned
-- grain: one span
-- reads: otel_intake; writes: content_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS pick_content TO content_spans AS
SELECT * EXCEPT (RejectReason, MayHoldContent, IsUndecoded)
FROM otel_intake
WHERE RejectReason = '' AND MayHoldContent AND NOT IsUndecoded
