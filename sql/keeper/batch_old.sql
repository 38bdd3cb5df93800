-- purpose: calls of the batch's traces as they stood before; under every start that a report gave, for two reports of a span may differ
-- grain: one call
-- reads: llm_calls, work_candidates, work_read; writes: work_old
INSERT INTO work_old
WITH starts AS
(
    SELECT DISTINCT toStartOfMinute(toDateTime64(started_at, 6, 'UTC')) AS minute, trace_id
    FROM (SELECT started_at, trace_id FROM work_candidates UNION ALL SELECT started_at, trace_id FROM work_read)
)
SELECT started_at, trace_id, span_id, task_id, original_cost_usd
FROM llm_calls FINAL
WHERE (toStartOfMinute(started_at), trace_id) IN (SELECT minute, trace_id FROM starts)
    AND started_at >= (SELECT min(minute) FROM starts) AND started_at < (SELECT max(minute) + INTERVAL 1 MINUTE FROM starts)
