-- purpose: minutes whose sums the batch changes, and the beginnings of its tasks: one without calls changes sums of tasks that no call tells of
-- grain: one minute; is_call is 0 where only a task begins
-- reads: work_candidates, work_old, work_tasks
SELECT toUnixTimestamp(toStartOfMinute(started_at)) AS minute, max(of_call) AS is_call
-- Candidates rather than calls: a report folded away by a batch that broke off is no call and no old call any more.
FROM
(
    SELECT toDateTime(started_at) AS started_at, 1 AS of_call FROM work_candidates
    UNION ALL
    SELECT toDateTime(started_at), 1 FROM work_old
    UNION ALL
    SELECT toDateTime(started_at), 0 FROM work_tasks
)
GROUP BY minute
ORDER BY minute
