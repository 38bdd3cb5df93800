-- purpose: how often agents call on other agents, and tool work that two of them did alike
-- grain: one row per workload and architecture
-- params: from_ DateTime64(6,'UTC') start of the period, inclusive; to_ DateTime64(6,'UTC') end, exclusive;
--   workloads Array(String) empty = all;
--   tenants Array(String) empty = all
-- columns: workload text; architecture text; tasks count of tasks with such spans; agent_spans count;
--   messages count invocations of one agent by another and their returns, and handoffs; handoffs count;
--   tool_uses count; hashed_uses count tool uses whose arguments are known by hash; distinct_uses count
--   distinct pairs of tool and arguments in a task; shared_uses count of those that two or more agents of the
--   task made
-- tables: spans
-- Spans stand by arrival; a span arrives at its end or later, so its arrival prunes and its start decides.
WITH branches AS
(
    SELECT DISTINCT
        trace_id, span_id, parent_span_id, toString(kind) AS kind, toString(agent) AS agent, toString(tool) AS tool, argument_hash,
        toString(workload) AS workload, toString(architecture) AS architecture, task_id
    FROM spans
    WHERE ingested_at >= {from_:DateTime64(6,'UTC')} AND started_at >= {from_:DateTime64(6,'UTC')} AND started_at < {to_:DateTime64(6,'UTC')}
      AND kind IN ('agent', 'tool', 'handoff', 'task')
      AND (empty({workloads:Array(String)}) OR has({workloads:Array(String)}, workload))
      AND (empty({tenants:Array(String)}) OR has({tenants:Array(String)}, tenant))
)
SELECT
    workload,
    architecture,
    uniqExact(task) AS tasks,
    sum(invoked) AS agent_spans,
    sum(passed) AS messages,
    sum(handed) AS handoffs,
    sum(used) AS tool_uses,
    sum(hashed) AS hashed_uses,
    countIf(hashed > 0) AS distinct_uses,
    countIf(hashed > 0 AND users > 1) AS shared_uses
FROM
(
    SELECT
        workload,
        architecture,
        if(task_id != '', task_id, trace_id) AS task,
        if(kind = 'tool', tool, '') AS tool_used,
        if(kind = 'tool', argument_hash, 0) AS arguments,
        countIf(kind = 'agent') AS invoked,
        2 * countIf(kind = 'agent' AND caller != '' AND caller != agent) + countIf(kind = 'handoff') AS passed,
        countIf(kind = 'handoff') AS handed,
        countIf(kind = 'tool') AS used,
        countIf(kind = 'tool' AND argument_hash != 0) AS hashed,
        uniqExactIf(agent, kind = 'tool') AS users
    FROM
    (
        SELECT child.*, parent.caller AS caller
        FROM branches AS child
        LEFT JOIN (SELECT trace_id, span_id, any(agent) AS caller FROM branches WHERE agent != '' GROUP BY trace_id, span_id) AS parent
          ON parent.trace_id = child.trace_id AND parent.span_id = child.parent_span_id
    )
    GROUP BY workload, architecture, task, tool_used, arguments
)
GROUP BY workload, architecture
ORDER BY agent_spans DESC
LIMIT 200
