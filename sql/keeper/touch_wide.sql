-- purpose: has the keeper recompute every trace that holds a key
-- grain: one trace
-- params: key UInt64 as in key_index
-- reads: key_index; writes: touched_keys
INSERT INTO touched_keys
SELECT sipHash64('trace', trace_id), 1, trace_id, now64(6, 'UTC')
FROM (SELECT DISTINCT trace_id FROM key_index WHERE key = {key:UInt64})
SETTINGS min_insert_block_size_rows = 60000, min_insert_block_size_bytes = 0, max_block_size = 60000, max_insert_threads = 1
