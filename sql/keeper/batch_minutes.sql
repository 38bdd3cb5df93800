-- purpose: minutes whose sums the batch changes
-- grain: one minute
-- reads: work_candidates, work_old
SELECT DISTINCT toUnixTimestamp(toStartOfMinute(started_at)) AS minute
-- Candidates rather than calls: a report folded away by a batch that broke off is no call and no old call any more.
FROM (SELECT toDateTime(started_at) AS started_at FROM work_candidates UNION ALL SELECT toDateTime(started_at) FROM work_old)
ORDER BY minute
