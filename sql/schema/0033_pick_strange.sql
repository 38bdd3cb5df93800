-- purpose: hands spans that take the long way on; where there is none, nothing after it is planned
-- grain: one span
-- reads: sifted_spans; writes: strange_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS pick_strange TO strange_spans AS
SELECT *
FROM sifted_spans
WHERE is_strange
