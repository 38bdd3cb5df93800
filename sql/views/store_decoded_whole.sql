-- purpose: hands spans whose arrays and maps are JSON now on: content included, because the user switched that on
-- grain: one span
-- reads: decoded_spans; writes: otel_traces
CREATE MATERIALIZED VIEW IF NOT EXISTS store_decoded TO otel_traces AS
SELECT *
FROM decoded_spans
