-- purpose: has the keeper try some of the traces again that it set aside, any of them: one that is gone for good must not stand before the others
-- grain: one trace
-- params: most UInt32 how many
-- reads: set_aside; writes: touched_keys
INSERT INTO touched_keys
SELECT sipHash64('trace', trace_id), 1, trace_id, now64(6, 'UTC')
FROM set_aside FINAL
ORDER BY rand()
LIMIT {most:UInt32}
