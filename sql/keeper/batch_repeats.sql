-- purpose: how many rows of the batch are repeats of a span
-- grain: one row
-- reads: work_candidates, work_spans
SELECT
    (SELECT count() - uniqExact(cityHash64(trace_id, span_id)) FROM work_candidates) AS candidates,
    (SELECT count() - uniqExact(cityHash64(trace_id, span_id)) FROM work_spans) AS spans
