-- purpose: weeks in which calls of the batch may stand already
-- grain: one week
-- reads: work_candidates, work_read
SELECT DISTINCT intDiv(toUnixTimestamp(toDateTime(started_at)), 604800) * 604800 AS week
FROM (SELECT started_at FROM work_candidates UNION ALL SELECT started_at FROM work_read)
ORDER BY week
