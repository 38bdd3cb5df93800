-- purpose: keys of the parts that the batch takes
-- grain: one key
-- reads: touched_keys, wide_keys; writes: work_keys
-- params: parts Array(String) parts of touched_keys; of UInt32 and rest UInt32 only traces whose hash leaves this rest
INSERT INTO work_keys
SELECT DISTINCT key
FROM touched_keys
WHERE _part IN {parts:Array(String)} AND cityHash64(trace_id) % {of:UInt32} = {rest:UInt32} AND key NOT IN (SELECT key FROM wide_keys)
