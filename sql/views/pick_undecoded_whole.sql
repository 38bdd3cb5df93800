-- purpose: hands accepted spans with arrays or maps still encoded on; where there is none, nothing after it is planned
-- grain: one span
-- reads: otel_intake; writes: undecoded_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS pick_undecoded TO undecoded_spans AS
SELECT * EXCEPT (RejectReason, MayHoldContent, IsUndecoded)
FROM otel_intake
WHERE RejectReason = '' AND IsUndecoded
