-- purpose: since when a collector judges the alert rules, and whether it still does
-- grain: one row; none when no collector ever did
-- params: none
-- columns: taken_at DateTime64(6,'UTC') when the collector that judges, or judged last, took it up; is_held Bool whether
--   it still does
-- tables: leases
SELECT min(l.claimed_at) AS taken_at, max(l.expires_at) > now64(6, 'UTC') AS is_held
FROM leases AS l
INNER JOIN
(
    SELECT term, argMin(holder, (claimed_at, holder)) AS winner FROM leases WHERE name = 'alerts' GROUP BY term ORDER BY term DESC LIMIT 1
) AS w ON w.term = l.term AND w.winner = l.holder
WHERE l.name = 'alerts'
GROUP BY l.term
ORDER BY taken_at
