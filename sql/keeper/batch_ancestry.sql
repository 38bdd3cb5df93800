-- purpose: climbs from candidates to the root in traces where what stands above matters: a candidate above another, or labels that a call lacks
-- grain: one candidate and one span above it
INSERT INTO work_ancestry
WITH RECURSIVE
    labelled AS
    (
        SELECT
            trace_id,
            max(agent != '') AS has_agent, max(task_id != '') AS has_task, max(conversation_id != '') AS has_conversation, max(workload != '') AS has_workload,
            max(tenant != '') AS has_tenant, max(agent_role != '') AS has_role, max(architecture != '') AS has_architecture, max(prompt_version != '') AS has_prompt,
            max(change != '') AS has_change, max(latency_class != '') AS has_latency, max(case_id != '') AS has_case, max(run_id != '') AS has_run
        FROM work_spans
        GROUP BY trace_id
    ),
    climbing AS
    (
        SELECT DISTINCT c.trace_id AS trace_id
        FROM work_candidates AS c
        INNER JOIN labelled AS l ON l.trace_id = c.trace_id
        WHERE (c.parent_span_id != '' AND (
                (c.agent = '' AND has_agent) OR (c.task_id = '' AND has_task) OR (c.conversation_id = '' AND has_conversation) OR (c.workload = '' AND has_workload)
                OR (c.tenant = '' AND has_tenant) OR (c.agent_role = '' AND has_role) OR (c.architecture = '' AND has_architecture) OR (c.prompt_version = '' AND has_prompt)
                OR (c.change = '' AND has_change) OR (c.latency_class = '' AND has_latency) OR (c.case_id = '' AND has_case) OR (c.run_id = '' AND has_run)))
            OR (c.trace_id, c.span_id) IN (SELECT trace_id, parent_span_id FROM work_spans)
    ),
    up AS
    (
        SELECT trace_id, span_id, parent_span_id AS ancestor_id, toUInt16(1) AS depth
        FROM work_candidates
        WHERE parent_span_id != '' AND trace_id IN (SELECT trace_id FROM climbing)
        UNION ALL
        SELECT up.trace_id, up.span_id, s.parent_span_id AS ancestor_id, toUInt16(up.depth + 1) AS depth
        FROM up
        INNER JOIN work_spans AS s ON s.trace_id = up.trace_id AND s.span_id = up.ancestor_id
        WHERE s.parent_span_id != '' AND up.depth < 64
    )
SELECT trace_id, span_id, ancestor_id, depth
FROM up
