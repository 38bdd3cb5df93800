-- purpose: who holds the highest term, and whether it still holds, by the clock of the ledger
-- grain: one row; none when nobody ever claimed
-- reads: alert_leases
SELECT
    term,
    argMin(holder, (claimed_at, holder)) AS winner,
    maxIf(expires_at, holder = winner) > now64(6, 'UTC') AS is_held
FROM (SELECT * FROM alert_leases WHERE term = (SELECT max(term) FROM alert_leases))
GROUP BY term
