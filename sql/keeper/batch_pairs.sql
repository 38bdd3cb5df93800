-- purpose: which rows belong to the batch; a response id in more than 20 traces is no id, some servers answer with a constant; tokens that many calls used in the same moment tell nothing
-- A response id that one trace holds leads nowhere, and nearly all are such.
-- grain: one trace in one insert
INSERT INTO work_pairs
SELECT DISTINCT ingested_at, trace_id
FROM work_links
WHERE kind NOT IN (4, 5) OR key IN (
    SELECT key
    FROM work_links
    WHERE kind IN (4, 5) AND key IN (SELECT key FROM work_links WHERE kind IN (4, 5) GROUP BY key HAVING count() > 1)
    GROUP BY key
    HAVING uniqExact(trace_id) <= 20)
