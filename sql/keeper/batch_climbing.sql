-- purpose: traces in which what stands above a candidate matters: a candidate above another, or labels that a call lacks
-- grain: one trace
-- reads: work_candidates, work_spans; writes: work_climbing
INSERT INTO work_climbing
SELECT DISTINCT trace_id
FROM
(
    SELECT trace_id
    FROM
    (
        -- One bit a label: what any span of the trace says, against what every call of it says.
        SELECT
            trace_id,
            kind = 'call' AS is_call,
            toUInt16((agent != '') + 2 * (task_id != '') + 4 * (conversation_id != '') + 8 * (workload != '') + 16 * (tenant != '') + 32 * (agent_role != '')
                + 64 * (architecture != '') + 128 * (prompt_version != '') + 256 * (change != '') + 512 * (latency_class != '') + 1024 * (case_id != '') + 2048 * (run_id != '')) AS labels
        FROM work_spans
    )
    GROUP BY trace_id
    HAVING bitAnd(groupBitOr(labels), bitNot(groupBitAnd(if(is_call, labels, toUInt16(65535))))) != 0
    UNION ALL
    SELECT trace_id
    FROM work_candidates
    WHERE kind != 'call' OR cityHash64(trace_id, span_id) IN (SELECT cityHash64(trace_id, parent_span_id) FROM work_spans WHERE parent_span_id != '')
)
