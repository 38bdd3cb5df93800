-- purpose: how many traces a share of the waiting keys holds
-- grain: one number
-- params: parts Array(String) parts of touched_keys; of UInt32 and rest UInt32 which of their traces
-- reads: touched_keys
SELECT uniqExact(trace_id) AS traces
FROM touched_keys
WHERE _part IN {parts:Array(String)} AND cityHash64(trace_id) % {of:UInt32} = {rest:UInt32}
