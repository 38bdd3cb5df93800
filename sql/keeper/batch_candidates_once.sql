-- purpose: candidates of the batch, each once; of several reports of one span the fullest
-- grain: one span
-- reads: work_read; writes: work_candidates
INSERT INTO work_candidates
SELECT *
FROM work_read
ORDER BY trace_id, span_id, isNull(output_tokens), isNull(fresh_input_tokens), isNull(cache_read_tokens) AND isNull(cache_write_short_tokens) AND isNull(cache_write_long_tokens), duration_ns DESC, started_at, toString(tuple(* EXCEPT ingested_at)) DESC
LIMIT 1 BY trace_id, span_id
