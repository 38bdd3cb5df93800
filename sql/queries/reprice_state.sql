-- purpose: how far a reprice is
-- grain: one row; none when the id is not known
-- params: id String
-- columns: state text asked, calls, tasks, sums, done or failed; done rows gone through; total rows to go through; problem text
-- tables: reprices
SELECT argMax(r.state, at) AS state, argMax(r.done, at) AS done, argMax(r.total, at) AS total, argMax(r.problem, at) AS problem
FROM reprices AS r
WHERE id = {id:String}
GROUP BY id
