-- purpose: calls of the batch's traces as they stood before
-- grain: one call
-- reads: llm_calls, work_candidates; writes: work_old
INSERT INTO work_old
SELECT started_at, trace_id, span_id, task_id, original_cost_usd
FROM llm_calls FINAL
WHERE (toStartOfMinute(started_at), trace_id) IN (SELECT toStartOfMinute(toDateTime64(started_at, 6, 'UTC')), trace_id FROM work_candidates)
    AND started_at >= (SELECT min(started_at) - INTERVAL 1 SECOND FROM work_candidates) AND started_at <= (SELECT max(started_at) + INTERVAL 1 SECOND FROM work_candidates)
