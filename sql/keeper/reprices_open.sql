-- purpose: reprices that are asked for and not done, oldest first
-- grain: one reprice
-- reads: reprices
SELECT id, toUnixTimestamp(argMax(r.from_, at)) AS from_, toUnixTimestamp(argMax(r.to_, at)) AS to_, argMax(r.scope, at) AS scope, argMax(r.state, at) AS last_state
FROM reprices AS r
GROUP BY id
HAVING last_state NOT IN ('done', 'failed')
ORDER BY min(at)
