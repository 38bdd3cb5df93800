-- purpose: stretches of time in which calls may be priced already and their sums not: of reprices that failed, unless one done later went through all of it
-- grain: one reprice
-- reads: reprices
WITH
    told AS
    (
        SELECT id, argMax(r.from_, at) AS starts, argMax(r.to_, at) AS ends, argMax(r.state, at) AS last_state, max(at) AS told_at
        FROM reprices AS r
        GROUP BY id
    ),
    (SELECT groupArray((starts, ends, told_at)) FROM told WHERE last_state = 'done') AS done
SELECT toUnixTimestamp(starts) AS from_, toUnixTimestamp(ends) AS to_
FROM told
WHERE last_state = 'failed' AND NOT arrayExists(d -> d.1 <= starts AND d.2 >= ends AND d.3 > told_at, done)
