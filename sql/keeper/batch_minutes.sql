-- purpose: minutes whose sums the batch changes
-- grain: one minute
-- reads: work_calls, work_old
SELECT DISTINCT toUnixTimestamp(toStartOfMinute(started_at)) AS minute
FROM (SELECT started_at FROM work_calls UNION ALL SELECT started_at FROM work_old)
ORDER BY minute
