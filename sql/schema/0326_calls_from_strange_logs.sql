-- purpose: log records of events nobody listed, as spans, so that their usage is read, folded and priced as that of spans is
-- On go: what attribute_role knows but for answers and arguments, counts under any name, the model; no text. A record inside a span
-- becomes a span below it, so a call that both tell is one; the same call told by several records makes the same span.
-- grain: one call as one record tells it; the same record sent again makes the same span
-- reads: strange_logs, attribute_role, emitter_rule; writes: otel_intake
CREATE MATERIALIZED VIEW IF NOT EXISTS calls_from_strange_logs TO otel_intake AS
SELECT
    fromUnixTimestamp64Nano(toInt64(time_ns - took_ns)) AS Timestamp,
    if(is_traced, lower(hex(trace_id)), lower(hex(MD5(concat('session\0', service, '\0', scope_name, '\0', if(session != '', session, identity)))))) AS TraceId,
    substring(lower(hex(MD5(identity))), 1, 16) AS SpanId,
    if(is_inside, lower(hex(span_id)), '') AS ParentSpanId,
    event AS SpanName,
    'Client' AS SpanKind,
    service AS ServiceName,
    CAST(mapFromArrays(arrayFilter((k, is) -> is, resource_keys, is_kept_resource), arrayFilter((t, is) -> is, resource_texts, is_kept_resource)), 'Map(LowCardinality(String), String)') AS ResourceAttributes,
    if(is_ruled, scope_name, concat('spanledger.logs.', if(scope_name != '', scope_name, substringIndex(event, '.', 1)))) AS ScopeName,
    -- What folds reports of one call has to know that a log told it, and whether it was the event of the conventions, of which a call has one.
    concat(if(is_ruled OR version = '', scope_version, version), if(event = 'gen_ai.client.inference.operation.details', '+details', '+logs')) AS ScopeVersion,
    CAST(mapFromArrays(arrayConcat(arrayMap(a -> a.1, kept), arrayMap(a -> a.1, more)), arrayConcat(arrayMap(a -> a.2, kept), arrayMap(a -> a.2, more))), 'Map(LowCardinality(String), String)') AS SpanAttributes,
    took_ns AS Duration,
    if(arrayExists(r -> r = 16, roles), 'Error', 'Unset') AS StatusCode,
    multiIf(time_ns = 0, 'start time is missing', time_ns >= 4102444800000000000, 'start time lies after the year 2100', '') AS RejectReason,
    false AS MayHoldContent
FROM
(
    SELECT
        *,
        -- Records of one call share the id of its response. Without one, messages of the conventions inside a span that tell the same tokens in the
        -- same second are one call; other events are sent once a call, and those of different names are joined by the keeper.
        concat(service, '\0', hex(trace_id), hex(span_id), '\0', arrayStringConcat(arraySort(arrayMap(a -> a.2, arrayFilter(a -> a.3 IN (6, 7, 0) AND match(a.2, '^[0-9]+$'), kept))), ','), '\0',
            multiIf(response_id != '', response_id, is_inside AND (event = 'gen_ai.client.inference.operation.details' OR NOT startsWith(event, 'gen_ai.')), concat(event, '\0', toString(time_ns)), is_inside, toString(intDiv(time_ns, 1000000000)), concat(event, '\0', session, '\0', toString(time_ns), '\0', sequence))) AS identity,
        arrayFilter(a -> a.2 != '', [
            ('gen_ai.response.model', if(has(roles, 3) OR has(roles, 4), '', if(model_told != '', model_told, json_model))),
            ('gen_ai.provider.name', if(has(roles, 2), '', provider_told)),
            ('gen_ai.response.id', if(has(roles, 5), '', json_id)),
            ('usage', json_usage)]) AS more
    FROM
    (
        SELECT
            *,
            arrayMap(a -> a.3, kept) AS roles,
            arrayFirst(a -> a.3 = 5, kept).2 AS own_id,
            if(own_id != '', own_id, json_id) AS response_id,
            arrayFirst(a -> a.3 = 13, kept).2 AS session,
            arrayFirst(a -> a.1 IN ('event.sequence', 'request_id', 'event.timestamp', 'prompt_id'), told).2 AS sequence,
            arrayFirst(a -> match(a.1, '(?i)(?:^|[.:_])(?:request_?|response_?)?model(?:_?name|_?id)?$') AND match(a.2, '^[A-Za-z0-9][A-Za-z0-9._:/@-]{2,120}$'), told).2 AS model_told,
            lower(arrayFirst(a -> a.1 IN ('provider', 'provider_name', 'model_provider', 'llm.vendor', 'vendor') AND match(a.2, '^[A-Za-z0-9_.-]{2,40}$'), told).2) AS provider_told,
            toUInt64(1000000 * least(greatest(toFloat64OrZero(arrayFirst(a -> match(a.1, '(?i)^(?:.*[._])?(?:duration|latency|elapsed)_?ms$'), told).2), 0), 86400000)) AS told_ns,
            least(told_ns, time_ns) AS took_ns
        FROM
        (
            SELECT
                *,
                resource_texts[indexOf(resource_keys, 'service.name')] AS service,
                resource_texts[indexOf(resource_keys, 'service.version')] AS version,
                length(trace_id) = 16 AND trace_id != unhex('00000000000000000000000000000000') AS is_traced,
                is_traced AND length(span_id) = 8 AND span_id != unhex('0000000000000000') AS is_inside,
                arrayExists(name -> dictGet('emitter_rule', 'cached', (name, '', ''), 0) != '', [scope_name, concat(substringIndex(scope_name, '.', 2), '.*'), concat(substringIndex(scope_name, '.', 1), '.*')]) AS is_ruled,
                extract(body_json, '["\'](?:usage|usage_metadata|usageMetadata|usage_object|token_usage|tokenUsage)["\']: ?(\\{(?:[^{}]|\\{(?:[^{}]|\\{[^{}]*\\})*\\})*\\})') AS usage_text,
                if(usage_text = '', '', concat('{', arrayStringConcat(arrayMap(p -> concat('"', p[1], '":', p[2]), extractAllGroups(usage_text, '["\'](\\w+)["\']: ?"?(\\d+)')), ','), '}')) AS json_usage,
                if(usage_text = '', '', extract(body_json, '"model(?:_name)?": ?"([A-Za-z0-9._:/-]{3,80})"')) AS json_model,
                if(usage_text = '', '', extract(body_json, '"(?:response_)?id": ?"((?:msg|chatcmpl|resp|cmpl|gen|gem)[-_][A-Za-z0-9_-]{4,100})"')) AS json_id,
                arrayMap((k, t) -> (k, t, dictGetUInt8('attribute_role', 'role', k)), arrayConcat(keys, inner_keys), arrayConcat(texts, inner_texts)) AS told,
                arrayMap(a -> if(a.3 IN (13, 16), (a.1, leftUTF8(a.2, 256), a.3), a), arrayFilter(a -> length(a.2) <= 1024 AND ((a.3 > 0 AND a.3 NOT IN (83, 88, 89, 95, 98, 124)) OR startsWith(a.1, 'spanledger.') OR (a.3 = 0 AND multiSearchAnyCaseInsensitive(a.1, ['token', 'usage']) AND NOT match(a.1, '(?i)total_?(?:input|output|prompt|completion)') AND toUInt64OrNull(replaceRegexpOne(a.2, '\\.0*$', '')) IS NOT NULL)), told)) AS kept,
                arrayMap(k -> startsWith(k, 'service.') OR startsWith(k, 'deployment.') OR dictGetUInt8('attribute_role', 'role', k) > 0, resource_keys) AS is_kept_resource
            FROM
            (
                -- An agent that has events of its own for usage sends the one of the conventions beside them, with less in it. Only an
                -- event that tells the same usage, or one beside which it tells none, takes its place.
                SELECT
                    *,
                    max(tells_own) OVER (PARTITION BY scope_name, of_service, trace_id, span_id) AS has_own_beside,
                    max(tells_own) OVER (PARTITION BY scope_name, of_service, trace_id, span_id, said) AS has_own_alike,
                    max(event = 'gen_ai.client.inference.operation.details') OVER (PARTITION BY scope_name, of_service, trace_id, span_id, said) AS has_details_alike
                FROM
                (
                    SELECT
                        *,
                        resource_texts[indexOf(resource_keys, 'service.name')] AS of_service,
                        arrayConcat(keys, inner_keys) AS all_keys,
                        arrayConcat(texts, inner_texts) AS all_texts,
                        arrayFirst((t, k) -> (dictGetUInt8('attribute_role', 'role', k) IN (7, 107) OR match(k, '(?i)(?:output|completion|candidates?|generated)_?tokens?(?:_?count)?$')) AND match(t, '^[0-9]'), all_texts, all_keys) AS said_output,
                        arrayFirst((t, k) -> (dictGetUInt8('attribute_role', 'role', k) IN (6, 106) OR match(k, '(?i)(?:input|prompt)_?tokens?(?:_?count)?$')) AND match(t, '^[0-9]'), all_texts, all_keys) AS said_input,
                        extract(body_json, '(?i)"(?:output|completion|candidates|generated)_?tokens?(?:_?count)?": ?"?([0-9]+)') AS body_output,
                        multiIf(said_output != '', said_output, body_output != '', body_output, said_input != '', concat('in ', said_input), '') AS said,
                        NOT startsWith(event, 'gen_ai.') AND (arrayExists(k -> match(k, '(?i)model(?:_?name|_?id)?$'), all_keys) OR position(body_json, '"model') > 0) AS tells_own
                    FROM strange_logs
                )
            )
            WHERE if(event = 'gen_ai.client.inference.operation.details',
                has(keys, 'error.type') OR NOT if(said = '', has_own_beside, has_own_alike),
                said = '' OR NOT startsWith(event, 'gen_ai.') OR NOT has_details_alike)
        )
    )
)
-- A record that names no model tells of no call.
WHERE event = 'gen_ai.client.inference.operation.details' OR has(roles, 3) OR has(roles, 4) OR model_told != '' OR json_model != ''
