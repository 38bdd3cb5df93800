-- purpose: combinations of names that may occur in the batch and were never ruled on
-- grain: one combination
SELECT DISTINCT service, workload, agent, environment, labels
FROM
(
    SELECT DISTINCT c.service AS service, c.environment AS environment, c.rule_labels AS labels, if(c.workload != '', c.workload, s.workload) AS workload, if(c.agent != '', c.agent, s.agent) AS agent
    FROM work_candidates AS c
    INNER JOIN (SELECT DISTINCT trace_id, workload, agent FROM work_spans) AS s ON s.trace_id = c.trace_id
)
WHERE NOT dictHas('workload_name', (service, workload, agent, environment, labels))
