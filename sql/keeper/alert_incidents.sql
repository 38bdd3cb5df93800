-- purpose: hours that fired in the last weeks and were not called a false alarm; plans skip them
-- grain: one firing
-- params: from_ DateTime64(6,'UTC') firings that ended before are left out
-- reads: alerts, alert_marks
SELECT a.scope AS scope, toUnixTimestamp(ifNull(a.since, a.started_at)) AS from_s, toUnixTimestamp(ifNull(a.resolved_at, now())) AS to_s
FROM alerts AS a FINAL
LEFT JOIN
(
    SELECT fingerprint, started_at, argMax(mark, marked_at) AS newest
    FROM alert_marks
    WHERE mark IN ('false_alarm', 'useful', 'unmarked')
    GROUP BY fingerprint, started_at
) AS m ON m.fingerprint = a.fingerprint AND m.started_at = a.started_at
WHERE a.kind = 'shift' AND a.state != 'pending' AND ifNull(a.resolved_at, now64(6, 'UTC')) >= {from_:DateTime64(6,'UTC')} AND m.newest != 'false_alarm'
