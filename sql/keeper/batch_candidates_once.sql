-- purpose: candidates of the batch, each once; of several reports of one span the fullest
-- grain: one span
-- reads: call_candidates, work_pairs; writes: work_candidates
INSERT INTO work_candidates
SELECT *
FROM call_candidates
WHERE (ingested_at, trace_id) IN (SELECT ingested_at, trace_id FROM work_pairs)
ORDER BY trace_id, span_id, isNull(output_tokens), isNull(fresh_input_tokens), duration_ns DESC, started_at, toString(tuple(* EXCEPT ingested_at)) DESC
LIMIT 1 BY trace_id, span_id
