-- purpose: how many rows of the batch were there before its parts
-- grain: one number
SELECT count() AS older
FROM work_pairs
WHERE (ingested_at, trace_id) NOT IN (SELECT ingested_at, trace_id FROM touched_keys WHERE _part IN {parts:Array(String)})
