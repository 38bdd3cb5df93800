-- purpose: pairs of candidates, one of them told by a log record, that may tell of the same usage without an id, and sums that logs tell
-- Only a batch that holds such records asks: each statement more is planned for every batch.
-- grain: one pair
-- reads: work_candidates, work_spans
WITH
    scored AS
    (
        SELECT
            trace_id, span_id, parent_span_id, response_id, started_at, scope, service, conversation_id, usage_status, status,
            addNanoseconds(started_at, duration_ns) AS finished_at,
            addNanoseconds(started_at, duration_ns + 1000000000) AS ended_at,
            ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) AS input_tokens,
            ifNull(output_tokens, 0) AS output_tokens_known,
            lower(arrayElement(splitByChar('/', toString(if(response_model != '', response_model, request_model))), -1)) AS model,
            endsWith(scope_version, '+details') AS is_details,
            is_details OR endsWith(scope_version, '+logs') AS is_log,
            usage_status = 'reported' AND (isNotNull(output_tokens) OR (operation = 'embeddings' AND isNotNull(fresh_input_tokens))) AS has_usage,
            1000 + informed + (response_model != '') + (response_id != '') AS score
        FROM work_candidates
        WHERE kind IN ('call', 'end')
    ),
    told AS
    (
        SELECT l.*, n.event AS event
        FROM (SELECT * FROM scored WHERE is_log AND has_usage) AS l
        INNER JOIN (SELECT trace_id, span_id, toString(name) AS event FROM work_spans WHERE (trace_id, span_id) IN (SELECT trace_id, span_id FROM scored WHERE is_log)) AS n
            ON n.trace_id = l.trace_id AND n.span_id = l.span_id
    )
-- A call without usage and a record of its conversation that knows it.
SELECT
    'completes' AS relation, toFloat64(abs(dateDiff('millisecond', o.finished_at, i.finished_at)) + abs(dateDiff('millisecond', o.started_at, i.started_at))) AS gap,
    o.trace_id AS outer_trace, o.span_id AS outer_span, true AS outer_is_call, o.has_usage AS outer_has_usage, toInt32(o.score) AS outer_score, toString(o.started_at) AS outer_start, toString(o.scope) AS outer_scope,
    i.trace_id AS inner_trace, i.span_id AS inner_span, true AS inner_is_call, i.has_usage AS inner_has_usage, toInt32(i.score) AS inner_score, toString(i.started_at) AS inner_start, toString(i.scope) AS inner_scope,
    true AS same_model
FROM scored AS o
INNER JOIN scored AS i ON o.conversation_id = i.conversation_id
WHERE o.conversation_id != '' AND o.usage_status = 'missing' AND o.status != 'error' AND i.has_usage
    AND startsWith(i.scope, 'spanledger.log') AND o.scope != i.scope
    AND o.started_at <= i.ended_at AND i.started_at <= o.ended_at
    AND (o.model = i.model OR o.model = '' OR i.model = '' OR startsWith(i.model, o.model) OR startsWith(o.model, i.model))
UNION ALL
-- Two log records of one call without an id: beneath one span, or the event of the conventions beside an event of the agent's own.
-- An agent's own event is sent once a call, so two of one name are two calls, however alike.
SELECT
    if(o.is_details != i.is_details, 'alike', 'repeated') AS relation, abs(dateDiff('millisecond', o.finished_at, i.finished_at)),
    o.trace_id, o.span_id, true, o.has_usage, toInt32(o.score), toString(o.started_at), o.event,
    i.trace_id, i.span_id, true, i.has_usage, toInt32(i.score), toString(i.started_at), i.event,
    true
FROM
(
    SELECT *, arrayJoin([-1, 0, 1]) + toUnixTimestamp(finished_at) AS second
    FROM told
) AS o
INNER JOIN
(
    SELECT *, toInt64(toUnixTimestamp(finished_at)) AS second
    FROM told
    WHERE NOT is_details
    LIMIT 100 BY scope, service, parent_span_id, input_tokens, output_tokens_known, second
) AS i ON o.scope = i.scope AND o.service = i.service AND o.parent_span_id = i.parent_span_id AND o.input_tokens = i.input_tokens AND o.output_tokens_known = i.output_tokens_known AND o.second = i.second
WHERE (o.is_details OR (o.parent_span_id != '' AND (o.trace_id, o.span_id) < (i.trace_id, i.span_id) AND (o.event != i.event OR startsWith(o.event, 'gen_ai.'))))
    AND abs(dateDiff('millisecond', o.finished_at, i.finished_at)) <= if(o.trace_id = i.trace_id, 1000, 250)
    AND (o.trace_id = i.trace_id OR o.parent_span_id = '')
    AND (o.response_id = '' OR i.response_id = '' OR o.response_id = i.response_id)
    AND (o.model = i.model OR o.model = '' OR i.model = '')
UNION ALL
-- A log record that tells what all before it in the session told together is their sum, whatever its event is called.
SELECT
    'nested' AS relation, 1,
    o.trace_id, o.span_id, false, o.has_usage, toInt32(o.score), toString(o.started_at), o.scope,
    i.trace_id, i.span_id, true, i.has_usage, toInt32(i.score), toString(i.started_at), i.scope,
    true
FROM
(
    SELECT *,
        count() OVER (PARTITION BY trace_id, scope, service ORDER BY finished_at, span_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
        sum(input_tokens) OVER (PARTITION BY trace_id, scope, service ORDER BY finished_at, span_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS input_before,
        sum(output_tokens_known) OVER (PARTITION BY trace_id, scope, service ORDER BY finished_at, span_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS output_before
    FROM told
) AS o
INNER JOIN told AS i ON i.trace_id = o.trace_id AND i.scope = o.scope AND i.service = o.service
WHERE o.before > 1 AND o.input_tokens = o.input_before AND o.output_tokens_known = o.output_before
    AND (i.finished_at, i.span_id) < (o.finished_at, o.span_id)
