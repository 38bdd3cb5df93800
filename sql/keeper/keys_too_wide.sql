-- purpose: the task or conversation that the most traces of the batch share
-- grain: one key, or none
-- reads: work_links
SELECT toString(key) AS wide, any(kind) AS key_kind, uniqExact(trace_id) AS traces, min(trace_id) AS example
FROM work_links
WHERE kind IN (2, 3)
GROUP BY key
ORDER BY traces DESC, key
LIMIT 1
