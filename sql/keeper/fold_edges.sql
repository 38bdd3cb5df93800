-- purpose: pairs of candidates that may tell of the same usage: one above the other, or at the same time with the same response id
-- A server may answer every call with one constant id: then only reports of different emitters are paired.
-- grain: one pair
WITH
    scored AS
    (
        SELECT
            trace_id, span_id, kind, response_id, started_at, scope,
            addNanoseconds(started_at, duration_ns + 1000000000) AS ended_at,
            ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) AS input_tokens,
            ifNull(output_tokens, 0) AS output_tokens_known,
            if(response_model != '', response_model, request_model) AS model,
            usage_status = 'reported' AND isNotNull(output_tokens) AS has_usage,
            if(kind = 'call', 1000, 0) + if(usage_status = 'reported', 100, 0) + if(usage_note = '', 10, 0)
                + isNotNull(fresh_input_tokens) + isNotNull(cache_read_tokens) + 2 * isNotNull(cache_write_long_tokens) + 4 * isNotNull(output_tokens) + isNotNull(reasoning_tokens)
                + (response_model != '') + (response_id != '') AS score
        FROM work_candidates
    ),
    nested AS
    (
        SELECT a.trace_id AS trace_id, a.span_id AS inner_id, argMin(a.ancestor_id, a.depth) AS outer_id
        FROM work_ancestry AS a
        WHERE (a.trace_id, a.ancestor_id) IN (SELECT trace_id, span_id FROM work_candidates)
        GROUP BY a.trace_id, a.span_id
    )
SELECT
    'nested' AS relation,
    o.trace_id AS outer_trace, o.span_id AS outer_span, o.kind = 'call' AS outer_is_call, o.has_usage AS outer_has_usage, toInt32(o.score) AS outer_score, toString(o.started_at) AS outer_start,
    i.trace_id AS inner_trace, i.span_id AS inner_span, i.kind = 'call' AS inner_is_call, i.has_usage AS inner_has_usage, toInt32(i.score) AS inner_score, toString(i.started_at) AS inner_start,
    o.model = i.model OR o.model = '' OR i.model = '' OR startsWith(i.model, o.model) OR startsWith(o.model, i.model) OR (o.response_id != '' AND o.response_id = i.response_id) AS same_model
FROM nested AS n
INNER JOIN scored AS o ON o.trace_id = n.trace_id AND o.span_id = n.outer_id
INNER JOIN scored AS i ON i.trace_id = n.trace_id AND i.span_id = n.inner_id
UNION ALL
SELECT
    'response' AS relation,
    o.trace_id, o.span_id, true, o.has_usage, toInt32(o.score), toString(o.started_at),
    i.trace_id, i.span_id, true, i.has_usage, toInt32(i.score), toString(i.started_at),
    true
FROM
(
    SELECT response_id, max(started_at) > min(ended_at) AS is_constant
    FROM scored
    WHERE response_id != '' AND kind = 'call'
    GROUP BY response_id
    HAVING count() BETWEEN 2 AND 20
) AS g
INNER JOIN scored AS o ON o.response_id = g.response_id AND o.kind = 'call'
INNER JOIN scored AS i ON i.response_id = g.response_id AND i.kind = 'call'
WHERE (o.trace_id, o.span_id) < (i.trace_id, i.span_id)
    AND o.started_at <= i.ended_at AND i.started_at <= o.ended_at
    AND (o.scope != i.scope OR NOT g.is_constant)
    AND (NOT o.has_usage OR NOT i.has_usage OR o.output_tokens_known = i.output_tokens_known OR o.input_tokens = i.input_tokens)
