-- purpose: who holds the highest term of a lease, and whether it still holds, by the clock of the ledger
-- grain: one row; none when nobody ever claimed
-- params: name String
-- reads: leases
SELECT
    l.term AS term,
    any(w.winner) AS winner,
    maxIf(l.expires_at, l.holder = w.winner) > now64(6, 'UTC') AS is_held
FROM leases AS l
INNER JOIN
(
    SELECT term, argMin(holder, (claimed_at, holder)) AS winner FROM leases WHERE name = {name:String} GROUP BY term
) AS w ON w.term = l.term
WHERE l.name = {name:String} AND l.term = (SELECT max(term) FROM leases WHERE name = {name:String})
GROUP BY term
