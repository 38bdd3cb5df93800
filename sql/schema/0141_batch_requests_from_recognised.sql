-- purpose: takes the requests of batches from the spans that tell of them; a submitted span may name many
-- grain: one request of one batch in one state
-- reads: recognised_spans; writes: batch_requests
CREATE MATERIALIZED VIEW IF NOT EXISTS batch_requests_from_recognised TO batch_requests AS
WITH n -> texts[indexOf(roles, n)] AS attr
SELECT
    attr(38) AS batch_id,
    arrayJoin(multiIf(has(roles, 39), [attr(39)], length(attr(60)) > 2, JSONExtract(attr(60), 'Array(String)'), [''])) AS custom_id,
    attr(53) AS state,
    addNanoseconds(started_at, duration_ns) AS at,
    trace_id,
    span_id,
    attr(20) AS task_id,
    if(has(roles, 21), attr(21), service) AS workload,
    attr(22) AS tenant,
    lower(attr(2)) AS provider,
    multiIf(has(roles, 62), attr(62), has(roles, 3), attr(3), attr(4)) AS model,
    multiIf(attr(53) != 'returned', '', has(roles, 61), attr(61), status = 'error', 'errored', 'succeeded') AS result,
    toDateTime(ingested_at) AS ingested_at
FROM recognised_spans
WHERE has(roles, 53)
