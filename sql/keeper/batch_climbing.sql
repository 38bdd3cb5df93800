-- purpose: traces in which what stands above a candidate matters: a candidate above another, or labels that a call lacks
-- grain: one trace
-- reads: work_candidates, work_spans; writes: work_climbing
INSERT INTO work_climbing
WITH
    (agent, task_id, conversation_id, workload, tenant, agent_role, architecture, prompt_version, change, latency_class, case_id, run_id) ->
        toUInt16((agent != '') + 2 * (task_id != '') + 4 * (conversation_id != '') + 8 * (workload != '') + 16 * (tenant != '') + 32 * (agent_role != '')
        + 64 * (architecture != '') + 128 * (prompt_version != '') + 256 * (change != '') + 512 * (latency_class != '') + 1024 * (case_id != '') + 2048 * (run_id != '')) AS labels
SELECT DISTINCT c.trace_id AS trace_id
FROM work_candidates AS c
INNER JOIN
(
    SELECT trace_id, groupBitOr(labels(agent, task_id, conversation_id, workload, tenant, agent_role, architecture, prompt_version, change, latency_class, case_id, run_id)) AS known
    FROM work_spans
    GROUP BY trace_id
) AS t ON t.trace_id = c.trace_id
WHERE (c.parent_span_id != '' AND bitAnd(t.known, bitNot(labels(c.agent, c.task_id, c.conversation_id, c.workload, c.tenant, c.agent_role, c.architecture, c.prompt_version, c.change, c.latency_class, c.case_id, c.run_id))) != 0)
    OR (c.trace_id, c.span_id) IN (SELECT trace_id, parent_span_id FROM work_spans)
