-- purpose: sets the traces of a share aside that cannot be recomputed
-- grain: one trace
-- params: parts Array(String) parts of touched_keys; of UInt32 and rest UInt32 which of their traces; problem String what the ledger answered
-- reads: touched_keys; writes: set_aside
INSERT INTO set_aside (trace_id, problem)
SELECT DISTINCT trace_id, {problem:String}
FROM touched_keys
WHERE _part IN {parts:Array(String)} AND cityHash64(trace_id) % {of:UInt32} = {rest:UInt32}
