-- purpose: keys that stand in the traces of the batch beside those its parts brought
-- grain: one key
-- params: parts Array(String) parts of touched_keys; of UInt32 and rest UInt32 which of their traces; their own keys are all there already
-- reads: work_pairs, touched_keys, spans, call_reports, wide_keys; writes: work_keys
INSERT INTO work_keys
SELECT DISTINCT key
FROM
(
    SELECT arrayJoin([
        sipHash64('trace', trace_id),
        if(task_id != '', sipHash64('task', task_id), 0),
        if(conversation_id != '', sipHash64('conversation', conversation_id), 0)]) AS key
    FROM spans
    WHERE (ingested_at, trace_id) IN (SELECT ingested_at, trace_id FROM work_pairs WHERE (ingested_at, trace_id) NOT IN (SELECT ingested_at, trace_id FROM touched_keys WHERE _part IN {parts:Array(String)} AND cityHash64(trace_id) % {of:UInt32} = {rest:UInt32}))
    UNION ALL
    SELECT arrayJoin(arrayPushBack(alike_keys, if(has(roles, 5), sipHash64('response', texts[indexOf(roles, 5)]), 0))) AS key
    FROM call_reports
    WHERE (ingested_at, trace_id) IN (SELECT ingested_at, trace_id FROM work_pairs WHERE (ingested_at, trace_id) NOT IN (SELECT ingested_at, trace_id FROM touched_keys WHERE _part IN {parts:Array(String)} AND cityHash64(trace_id) % {of:UInt32} = {rest:UInt32}))
)
WHERE key != 0 AND key NOT IN (SELECT key FROM work_keys) AND key NOT IN (SELECT key FROM wide_keys)
