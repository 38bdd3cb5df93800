-- purpose: the calls of the batch, with what each was first priced at
-- grain: one call
-- reads: work_calls, work_turns, work_old; writes: llm_calls
INSERT INTO llm_calls
SELECT c.* REPLACE (t.task_id AS task_id, t.turn AS turn, coalesce(o.original_cost_usd, c.original_cost_usd) AS original_cost_usd)
FROM work_calls AS c
ANY LEFT JOIN work_turns AS t ON t.trace_id = c.trace_id AND t.span_id = c.span_id
ANY LEFT JOIN work_old AS o ON o.trace_id = c.trace_id AND o.span_id = c.span_id
