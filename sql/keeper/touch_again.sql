-- purpose: has the keeper recompute every trace with a span that started in a range, oldest first
-- grain: one span: a part of touched_keys then says how much work it is, though a trace has one key
-- params: from_ DateTime64(6, 'UTC') inclusive; to_ DateTime64(6, 'UTC') exclusive
-- reads: spans; writes: touched_keys
INSERT INTO touched_keys
-- The moment is not that of the spans' own inserts, so the keeper never takes the trace for a new one.
SELECT sipHash64('trace', trace_id), 1, trace_id, now64(6, 'UTC')
FROM
(
    -- By time: the traces of a batch then lie in few minutes, whose calls are read and summed once and not for every batch.
    SELECT trace_id, min(started_at) AS began, count() AS spans
    FROM spans
    WHERE started_at >= {from_:DateTime64(6, 'UTC')} AND started_at < {to_:DateTime64(6, 'UTC')}
    GROUP BY trace_id
)
ARRAY JOIN range(spans) AS span
ORDER BY began, trace_id
SETTINGS min_insert_block_size_rows = 60000, min_insert_block_size_bytes = 0, max_block_size = 60000, max_insert_threads = 1
