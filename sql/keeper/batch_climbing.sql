-- purpose: traces in which what stands above a candidate matters: a candidate above another, or labels that a call lacks
-- grain: one trace
-- reads: work_candidates, work_spans; writes: work_climbing
INSERT INTO work_climbing
WITH
    labelled AS
    (
        SELECT
            trace_id,
            max(agent != '') AS has_agent, max(task_id != '') AS has_task, max(conversation_id != '') AS has_conversation, max(workload != '') AS has_workload,
            max(tenant != '') AS has_tenant, max(agent_role != '') AS has_role, max(architecture != '') AS has_architecture, max(prompt_version != '') AS has_prompt,
            max(change != '') AS has_change, max(pull_request != '') AS has_pull_request, max(latency_class != '') AS has_latency, max(case_id != '') AS has_case, max(run_id != '') AS has_run
        FROM work_spans
        GROUP BY trace_id
    )
SELECT DISTINCT c.trace_id AS trace_id
FROM work_candidates AS c
INNER JOIN labelled AS l ON l.trace_id = c.trace_id
WHERE (c.parent_span_id != '' AND (
        (c.agent = '' AND has_agent) OR (c.task_id = '' AND has_task) OR (c.conversation_id = '' AND has_conversation) OR (c.workload = '' AND has_workload)
        OR (c.tenant = '' AND has_tenant) OR (c.agent_role = '' AND has_role) OR (c.architecture = '' AND has_architecture) OR (c.prompt_version = '' AND has_prompt)
        OR (c.change = '' AND has_change) OR (c.pull_request = '' AND has_pull_request) OR (c.latency_class = '' AND has_latency) OR (c.case_id = '' AND has_case) OR (c.run_id = '' AND has_run)))
    OR (c.trace_id, c.span_id) IN (SELECT trace_id, parent_span_id FROM work_spans)
