-- purpose: firings that have not resolved, with whether somebody has acknowledged them
-- grain: one firing
-- reads: alerts, alert_marks
SELECT a.*, m.newest = 'ack' AS acknowledged
FROM (SELECT * FROM alerts FINAL WHERE state != 'resolved') AS a
LEFT JOIN
(
    SELECT fingerprint, started_at, argMax(mark, marked_at) AS newest
    FROM alert_marks
    WHERE mark IN ('ack', 'unack')
    GROUP BY fingerprint, started_at
) AS m ON m.fingerprint = a.fingerprint AND m.started_at = a.started_at
ORDER BY a.started_at, a.fingerprint
