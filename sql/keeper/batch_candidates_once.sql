-- purpose: candidates of the batch, each once; of several reports of one span the fullest
-- A transcript that was read while its last answer streamed is read again later: the count at the end, else the highest.
-- grain: one span
-- reads: work_read; writes: work_candidates
INSERT INTO work_candidates
SELECT *
FROM work_read
ORDER BY trace_id, span_id, isNull(output_tokens), isNull(fresh_input_tokens), isNull(cache_read_tokens) AND isNull(cache_write_short_tokens) AND isNull(cache_write_long_tokens), position(toString(usage_note), 'output_partial') > 0 AS is_partial, if(is_partial, output_tokens, 0) DESC, duration_ns DESC, started_at, toString(tuple(* EXCEPT ingested_at)) DESC
LIMIT 1 BY trace_id, span_id
