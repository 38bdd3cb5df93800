-- purpose: takes verdicts from the spans that carry them
-- grain: one verdict on one task
-- reads: recognised_spans; writes: task_outcomes
CREATE MATERIALIZED VIEW IF NOT EXISTS outcomes_from_recognised TO task_outcomes AS
WITH n -> texts[indexOf(roles, n)] AS attr
SELECT
    attr(20) AS task_id,
    addNanoseconds(started_at, duration_ns) AS decided_at,
    trace_id,
    span_id,
    multiIf(attr(44) IN ('true', '1'), true, attr(44) IN ('false', '0'), false, NULL) AS success,
    attr(45) AS checker,
    attr(46) AS checker_kind,
    toFloat64OrNull(attr(47)) AS useful_units,
    attr(48) AS unit,
    toDateTime(ingested_at) AS ingested_at
FROM recognised_spans
WHERE (has(roles, 44) OR has(roles, 47)) AND has(roles, 20)
