-- purpose: which rows belong to the batch; a response id in more than 20 traces is no id, some servers answer with a constant
-- grain: one trace in one insert
INSERT INTO work_pairs
SELECT DISTINCT ingested_at, trace_id
FROM work_links
WHERE kind != 4 OR key IN (SELECT key FROM work_links WHERE kind = 4 GROUP BY key HAVING uniqExact(trace_id) <= 20)
