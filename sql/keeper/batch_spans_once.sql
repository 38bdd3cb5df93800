-- purpose: spans of the batch, each once; of several reports of one span the longest
-- grain: one span
-- reads: spans, work_pairs; writes: work_spans
INSERT INTO work_spans
SELECT *
FROM spans
WHERE (ingested_at, trace_id) IN (SELECT ingested_at, trace_id FROM work_pairs)
ORDER BY trace_id, span_id, duration_ns DESC, started_at, toString(tuple(* EXCEPT ingested_at)) DESC
LIMIT 1 BY trace_id, span_id
