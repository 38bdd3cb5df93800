-- purpose: how many rows of the batch were there before its parts, and in how many places its keys stand
-- grain: one row
-- params: parts Array(String), of UInt32 and rest UInt32 the share, as in batch_keys
SELECT count() AS older, (SELECT count() FROM work_links) AS links
FROM work_pairs
WHERE (ingested_at, trace_id) NOT IN (SELECT ingested_at, trace_id FROM touched_keys WHERE _part IN {parts:Array(String)} AND cityHash64(trace_id) % {of:UInt32} = {rest:UInt32})
