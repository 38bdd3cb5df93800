-- purpose: hands spans whose arrays and maps are JSON now on: they may hold content, as everything that is nested may
-- grain: one span
-- reads: decoded_spans; writes: content_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS store_decoded TO content_spans AS
SELECT *
FROM decoded_spans
