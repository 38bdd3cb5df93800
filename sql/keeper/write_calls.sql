-- purpose: the calls of the batch
-- grain: one call
-- reads: work_calls, work_turns; writes: llm_calls
INSERT INTO llm_calls
SELECT c.* REPLACE (t.task_id AS task_id, t.turn AS turn)
FROM work_calls AS c
ANY LEFT JOIN work_turns AS t ON t.trace_id = c.trace_id AND t.span_id = c.span_id
SETTINGS optimize_on_insert = 0, max_partitions_per_insert_block = 0
