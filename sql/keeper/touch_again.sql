-- purpose: has the keeper recompute every trace with a span that started in a range
-- grain: one key in one trace in one insert
-- params: from_ DateTime64(6, 'UTC') inclusive; to_ DateTime64(6, 'UTC') exclusive
-- reads: spans, key_index; writes: touched_keys
INSERT INTO touched_keys
SELECT key, kind, trace_id, ingested_at
FROM key_index
WHERE trace_id IN (SELECT trace_id FROM spans WHERE started_at >= {from_:DateTime64(6, 'UTC')} AND started_at < {to_:DateTime64(6, 'UTC')})
ORDER BY trace_id
SETTINGS min_insert_block_size_rows = 60000, min_insert_block_size_bytes = 0, max_block_size = 60000, max_insert_threads = 1
