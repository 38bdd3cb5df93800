-- purpose: who holds the highest term, and whether it still holds, by the clock of the ledger
-- grain: one row; none when nobody ever claimed
-- reads: alert_leases
SELECT
    l.term AS term,
    any(w.winner) AS winner,
    maxIf(l.expires_at, l.holder = w.winner) > now64(6, 'UTC') AS is_held
FROM alert_leases AS l
INNER JOIN (SELECT term, argMin(holder, (claimed_at, holder)) AS winner FROM alert_leases GROUP BY term) AS w ON w.term = l.term
WHERE l.term = (SELECT max(term) FROM alert_leases)
GROUP BY term
