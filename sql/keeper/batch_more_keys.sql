-- purpose: keys that stand in the traces of the batch and are not yet among its keys
-- grain: one key
INSERT INTO work_keys
SELECT DISTINCT key
FROM
(
    SELECT arrayJoin([
        sipHash64('trace', trace_id),
        if(task_id != '', sipHash64('task', task_id), 0),
        if(conversation_id != '', sipHash64('conversation', conversation_id), 0)]) AS key
    FROM spans
    WHERE (ingested_at, trace_id) IN (SELECT ingested_at, trace_id FROM work_pairs)
    UNION ALL
    SELECT sipHash64('response', response_id) AS key
    FROM call_candidates
    WHERE (ingested_at, trace_id) IN (SELECT ingested_at, trace_id FROM work_pairs) AND response_id != ''
)
WHERE key != 0 AND key NOT IN (SELECT key FROM work_keys)
