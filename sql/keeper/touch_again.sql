-- purpose: has the keeper recompute every trace with a span that started in a range
-- grain: one trace
-- params: from_ DateTime64(6, 'UTC') inclusive; to_ DateTime64(6, 'UTC') exclusive
-- reads: spans; writes: touched_keys
INSERT INTO touched_keys
-- The moment is not that of the spans' own inserts, so the keeper never takes the trace for a new one.
SELECT sipHash64('trace', trace_id), 1, trace_id, now64(6, 'UTC')
FROM (SELECT DISTINCT trace_id FROM spans WHERE started_at >= {from_:DateTime64(6, 'UTC')} AND started_at < {to_:DateTime64(6, 'UTC')})
ORDER BY trace_id
SETTINGS min_insert_block_size_rows = 60000, min_insert_block_size_bytes = 0, max_block_size = 60000, max_insert_threads = 1
