-- purpose: spans of the batch as they arrived, repeats included
-- grain: one span as it arrived
-- reads: spans, work_pairs; writes: work_spans
INSERT INTO work_spans
SELECT *
FROM spans
WHERE (ingested_at, trace_id) IN (SELECT ingested_at, trace_id FROM work_pairs)
