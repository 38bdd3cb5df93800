-- purpose: keeps the tree
-- grain: one span
-- reads: recognised_spans; writes: spans
CREATE MATERIALIZED VIEW IF NOT EXISTS spans_from_recognised TO spans AS
WITH
    n -> texts[indexOf(roles, n)] AS attr,
    if(kind = 'tool' AND has(roles, 95), arrayFirst((t, r) -> r = 95 AND t != '', texts, roles), '') AS arguments
SELECT
    ingested_at, trace_id, span_id, parent_span_id, kind, name,
    attr(14) AS agent,
    attr(15) AS tool,
    -- The arguments themselves are there only where content is kept.
    multiIf(kind != 'tool', 0, has(roles, 94), toUInt64OrZero(attr(94)), arguments != '', sipHash64(arguments), 0) AS argument_hash,
    started_at, duration_ns, status, service, environment,
    attr(20) AS task_id,
    attr(13) AS conversation_id,
    attr(21) AS workload,
    attr(22) AS tenant,
    attr(29) AS agent_role,
    attr(30) AS architecture,
    attr(31) AS prompt_version,
    attr(34) AS change,
    attr(35) AS pull_request,
    attr(36) AS latency_class,
    attr(42) AS case_id,
    attr(43) AS run_id,
    lower(attr(98)) IN ('true', '1') AS imported
FROM recognised_spans
