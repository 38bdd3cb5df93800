-- purpose: pairs of candidates that may tell of the same usage: one above the other, with the same response id, with the same tokens in the same time, or one with usage and one without
-- What logs tell below a call says again what the call says, or a part of it: `gap` is then the share of its output.
-- A server may answer every call with one constant id: then only reports of different emitters are paired.
-- grain: one pair
WITH
    scored AS
    (
        SELECT
            trace_id, span_id, parent_span_id, kind, response_id, started_at, scope, service, conversation_id, usage_status, status,
            kind IN ('call', 'end') AS is_call,
            addNanoseconds(started_at, duration_ns) AS finished_at,
            addNanoseconds(started_at, duration_ns + 1000000000) AS ended_at,
            ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) AS input_tokens,
            ifNull(output_tokens, 0) AS output_tokens_known,
            -- Routers and frameworks write a provider before the name: openai/gpt-5, models/gemini-2.5-flash.
            lower(arrayElement(splitByChar('/', toString(if(response_model != '', response_model, request_model))), -1)) AS model,
            lower(arrayElement(splitByChar('/', toString(request_model)), -1)) AS asked_model,
            -- An emitter that tells in two vocabularies tells twice: its client's wrapper and its framework's handler.
            concat(toString(scope), ' ', toString(convention)) AS teller,
            endsWith(scope_version, '+details') AS is_details,
            is_details OR endsWith(scope_version, '+logs') AS is_log,
            usage_status = 'reported' AND (isNotNull(output_tokens) OR (operation = 'embeddings' AND isNotNull(fresh_input_tokens))) AS has_usage,
            if(is_call, 1000, 0) + informed + (response_model != '') + (response_id != '') AS score
        FROM work_candidates
    ),
    nested AS
    (
        SELECT a.trace_id AS trace_id, a.span_id AS inner_id, argMin(a.ancestor_id, a.depth) AS outer_id
        FROM work_ancestry AS a
        WHERE (a.trace_id, a.ancestor_id) IN (SELECT trace_id, span_id FROM work_candidates WHERE kind != 'echo')
        GROUP BY a.trace_id, a.span_id
    )
SELECT
    if(i.is_log AND NOT o.is_log AND o.kind = 'call' AND i.is_call AND o.has_usage AND i.has_usage AND i.output_tokens_known <= o.output_tokens_known AND i.input_tokens <= o.input_tokens, 'retold', 'nested') AS relation,
    if(relation = 'nested' OR o.output_tokens_known = 0, toFloat64(relation = 'retold'), i.output_tokens_known / o.output_tokens_known) AS gap,
    o.trace_id AS outer_trace, o.span_id AS outer_span, o.is_call AS outer_is_call, o.has_usage AS outer_has_usage, toInt32(o.score) AS outer_score, toString(o.started_at) AS outer_start, o.scope AS outer_scope,
    i.trace_id AS inner_trace, i.span_id AS inner_span, i.is_call AS inner_is_call, i.has_usage AS inner_has_usage, toInt32(i.score) AS inner_score, toString(i.started_at) AS inner_start, i.scope AS inner_scope,
    o.model = i.model OR o.model = '' OR i.model = '' OR startsWith(i.model, o.model) OR startsWith(o.model, i.model) OR endsWith(i.model, o.model) OR endsWith(o.model, i.model)
        OR (o.asked_model != '' AND o.asked_model = i.asked_model)
        OR (o.response_id != '' AND o.response_id = i.response_id)
        -- A deployment or a router's alias: one of the two knows no usage, or both know the same.
        OR (o.usage_status = 'missing' AND i.has_usage) OR (i.usage_status = 'missing' AND o.has_usage)
        OR (o.has_usage AND i.has_usage AND o.input_tokens = i.input_tokens AND o.output_tokens_known = i.output_tokens_known) AS same_model
FROM nested AS n
INNER JOIN scored AS o ON o.trace_id = n.trace_id AND o.span_id = n.outer_id
INNER JOIN scored AS i ON i.trace_id = n.trace_id AND i.span_id = n.inner_id
WHERE i.kind != 'echo'
UNION ALL
SELECT
    'response' AS relation, 0,
    o.trace_id, o.span_id, true, o.has_usage, toInt32(o.score), toString(o.started_at), o.scope,
    i.trace_id, i.span_id, true, i.has_usage, toInt32(i.score), toString(i.started_at), i.scope,
    true
FROM
(
    SELECT response_id, max(started_at) > min(ended_at) AS is_constant
    FROM scored
    WHERE response_id != '' AND is_call
    GROUP BY response_id
    HAVING count() BETWEEN 2 AND 20
) AS g
INNER JOIN scored AS o ON o.response_id = g.response_id AND o.is_call
INNER JOIN scored AS i ON i.response_id = g.response_id AND i.is_call
WHERE (o.trace_id, o.span_id) < (i.trace_id, i.span_id)
    AND o.started_at <= i.ended_at AND i.started_at <= o.ended_at
    AND (o.scope != i.scope OR NOT g.is_constant)
    AND (NOT o.has_usage OR NOT i.has_usage OR o.output_tokens_known = i.output_tokens_known OR o.input_tokens = i.input_tokens)
UNION ALL
-- An answer that is repeated on a span above the call.
SELECT
    'echo' AS relation, toFloat64(a.depth),
    o.trace_id, o.span_id, false, o.has_usage, toInt32(o.score), toString(o.started_at), o.scope,
    i.trace_id, i.span_id, i.is_call, i.has_usage, toInt32(i.score), toString(i.started_at), i.scope,
    true
FROM work_ancestry AS a
INNER JOIN scored AS o ON o.trace_id = a.trace_id AND o.span_id = a.ancestor_id
INNER JOIN scored AS i ON i.trace_id = a.trace_id AND i.span_id = a.span_id
WHERE o.kind = 'echo' AND i.is_call
    AND ((o.has_usage AND i.has_usage AND o.output_tokens_known = i.output_tokens_known AND o.input_tokens = i.input_tokens) OR (o.response_id != '' AND o.response_id = i.response_id))
UNION ALL
-- Two emitters, no shared id: the same tokens, one within the time of the other, or both at the same end.
SELECT
    'tokens' AS relation, abs(dateDiff('millisecond', o.finished_at, i.finished_at)) + abs(dateDiff('millisecond', o.started_at, i.started_at)),
    o.trace_id, o.span_id, true, o.has_usage, toInt32(o.score), toString(o.started_at), o.teller,
    i.trace_id, i.span_id, true, i.has_usage, toInt32(i.score), toString(i.started_at), i.teller,
    true
FROM
(
    SELECT input_tokens, output_tokens_known, minute
    FROM scored
    ARRAY JOIN [intDiv(toUnixTimestamp(finished_at), 60), intDiv(toUnixTimestamp(finished_at), 60) + 1] AS minute
    WHERE is_call AND has_usage
    GROUP BY input_tokens, output_tokens_known, minute
    HAVING uniqExact(teller) > 1 AND count() <= 200
) AS g
INNER JOIN scored AS o ON o.input_tokens = g.input_tokens AND o.output_tokens_known = g.output_tokens_known
INNER JOIN scored AS i ON i.input_tokens = g.input_tokens AND i.output_tokens_known = g.output_tokens_known
WHERE o.is_call AND i.is_call AND o.has_usage AND i.has_usage AND o.teller < i.teller
    -- A few tokens are alike by chance, and one scope makes more calls than two.
    AND (o.scope != i.scope OR o.output_tokens_known >= 20)
    AND intDiv(toUnixTimestamp(o.finished_at), 60) IN (g.minute, g.minute - 1) AND intDiv(toUnixTimestamp(i.finished_at), 60) IN (g.minute, g.minute - 1)
    AND (o.model = i.model OR o.model = '' OR i.model = '' OR startsWith(i.model, o.model) OR startsWith(o.model, i.model) OR endsWith(i.model, o.model) OR endsWith(o.model, i.model))
    AND (o.response_id = '' OR i.response_id = '' OR o.response_id = i.response_id OR extract(o.response_id, '^[a-z]*') != extract(i.response_id, '^[a-z]*'))
    AND ((o.started_at <= addMilliseconds(i.started_at, 500) AND i.finished_at <= addMilliseconds(o.finished_at, 500))
        OR (i.started_at <= addMilliseconds(o.started_at, 500) AND o.finished_at <= addMilliseconds(i.finished_at, 500))
        OR ((startsWith(o.scope, 'spanledger.') OR startsWith(i.scope, 'spanledger.')) AND abs(dateDiff('millisecond', o.finished_at, i.finished_at)) <= 2000))
UNION ALL
-- One knows the call and not its usage, the other knows its usage: told at the end of a stream, or in a log.
SELECT
    'completes' AS relation, abs(dateDiff('millisecond', o.finished_at, i.finished_at)) + abs(dateDiff('millisecond', o.started_at, i.started_at)),
    o.trace_id, o.span_id, true, o.has_usage, toInt32(o.score), toString(o.started_at), o.scope,
    i.trace_id, i.span_id, true, i.has_usage, toInt32(i.score), toString(i.started_at), i.scope,
    true
FROM scored AS o
INNER JOIN scored AS i ON o.scope = i.scope AND o.service = i.service AND o.parent_span_id = i.parent_span_id
WHERE o.kind = 'call' AND i.kind = 'end' AND o.usage_status = 'missing' AND o.status != 'error'
    AND (o.trace_id = i.trace_id OR o.parent_span_id = '') AND o.started_at <= i.started_at AND i.started_at <= addSeconds(o.ended_at, 2)
    AND (o.model = i.model OR o.model = '' OR i.model = '' OR startsWith(i.model, o.model) OR startsWith(o.model, i.model))
