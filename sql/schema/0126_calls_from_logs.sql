-- purpose: log records that tell of a model call, as spans in the standard's names, so that all that follows is as for spans
-- Of a record go on: what log_conventions names, our own labels, and attributes that a rule of spanledger.yaml matches; no text.
-- grain: one call as one record tells it; the same record sent again makes the same span
-- reads: log_records, log_rule, attribute_role; writes: otel_intake
CREATE MATERIALIZED VIEW IF NOT EXISTS calls_from_logs TO otel_intake AS
WITH
    name -> all_texts[indexOf(all_keys, name)] AS attr,
    -- One value as it stands, several added up; text that is no number adds up to nothing.
    found -> multiIf(
        length(found) = 1, found[1],
        arrayExists(t -> toInt64OrNull(t) IS NULL, found), '',
        toString(arraySum(t -> toInt64OrZero(t), found))) AS sum_text
SELECT
    fromUnixTimestamp64Nano(toInt64(started_ns)) AS Timestamp,
    if(is_traced, lower(hex(trace_id)), lower(hex(MD5(concat('session\0', product, '\0', if(session != '', session, identity)))))) AS TraceId,
    substring(lower(hex(MD5(identity))), 1, 16) AS SpanId,
    if(is_traced AND length(span_id) = 8 AND span_id != unhex('0000000000000000'), lower(hex(span_id)), '') AS ParentSpanId,
    '' AS TraceState,
    event AS SpanName,
    'Client' AS SpanKind,
    resource_texts[indexOf(resource_keys, 'service.name')] AS ServiceName,
    CAST(mapFromArrays(kept_resource.1, kept_resource.2), 'Map(LowCardinality(String), String)') AS ResourceAttributes,
    concat('spanledger.log.', product) AS ScopeName,
    resource_texts[indexOf(resource_keys, 'service.version')] AS ScopeVersion,
    CAST(mapFromArrays(arrayConcat(said.1, kept.1), arrayConcat(said.2, kept.2)), 'Map(LowCardinality(String), String)') AS SpanAttributes,
    time_ns - started_ns AS Duration,
    if(is_error, 'Error', 'Unset') AS StatusCode,
    '' AS StatusMessage,
    multiIf(time_ns = 0, 'start time is missing', time_ns >= 4102444800000000000, 'start time lies after the year 2100', '') AS RejectReason,
    false AS MayHoldContent
FROM
(
    SELECT
        *,
        if(has(all_keys, 'session.id'), attr('session.id'), attr('conversation.id')) AS session,
        endsWith(event, '_error') AS is_error,
        length(trace_id) = 16 AND trace_id != unhex('00000000000000000000000000000000') AS is_traced,
        time_ns - least(time_ns, toUInt64(1000000 * least(greatest(toFloat64OrZero(attr('duration_ms')), 0), 86400000))) AS started_ns,
        arrayMap(r -> (r.2, attr(r.1), r.3 = 1), arrayFilter(r -> has(all_keys, r.1), arrayZip(rule.1, rule.2, rule.3))) AS told,
        -- A label of ours that record or resource carries comes before what is read out of other attributes.
        arrayDistinct(arrayMap(x -> x.1, arrayFilter(x -> x.3 AND NOT (startsWith(x.1, 'spanledger.') AND has(all_keys, x.1)), told))) AS names,
        arrayMap(n -> sum_text(arrayMap(x -> x.2, arrayFilter(x -> x.1 = n, told))), names) AS sums,
        -- What is the same in every sending: neither where the record came through nor when it was seen there.
        concat(event, '\0', session, '\0', attr('request_id'), '\0', attr('event.sequence'), '\0', if(has(keys, 'event.timestamp'), attr('event.timestamp'), toString(time_ns)), '\0', arrayStringConcat(sums, '\0')) AS identity,
        multiIf(
            product = 'codex', 'openai',
            product = 'gemini_cli', if(startsWith(attr('auth_type'), 'vertex'), 'gcp.vertex_ai', 'gcp.gemini'),
            match(attr('model'), '(^|[.:/])anthropic[.]'), 'aws.bedrock',
            'anthropic') AS provider,
        (
            arrayConcat(['gen_ai.operation.name', 'gen_ai.provider.name'], names),
            arrayConcat([if(product = 'gemini_cli', 'generate_content', 'chat'), provider], arrayMap((n, t) -> multiIf(
                n = 'gen_ai.response.time_to_first_chunk', toString(toFloat64OrZero(t) / 1000),
                n = 'spanledger.service_class' AND t = 'normal', 'standard',
                t), names, sums))
        ) AS said,
        arrayMap(k -> (startsWith(k, 'spanledger.') OR dictGetUInt8('attribute_role', 'role', k) = 200) AND NOT has(said.1, k), keys) AS is_kept,
        (arrayFilter((k, is) -> is, keys, is_kept), arrayFilter((t, is) -> is, texts, is_kept)) AS kept,
        arrayMap(k -> startsWith(k, 'service.') OR startsWith(k, 'deployment.') OR dictGetUInt8('attribute_role', 'role', k) > 0, resource_keys) AS is_kept_resource,
        (arrayFilter((k, is) -> is, resource_keys, is_kept_resource), arrayFilter((t, is) -> is, resource_texts, is_kept_resource)) AS kept_resource
    FROM
    (
        SELECT *, dictGet('log_rule', ('attributes', 'says', 'are_main'), event) AS rule, substringIndex(event, '.', 1) AS product, arrayConcat(keys, resource_keys) AS all_keys, arrayConcat(texts, resource_texts) AS all_texts
        FROM log_records
        WHERE dictHas('log_rule', event)
            -- An error that a span tells as well is left to the span, unless an id joins the two.
            AND NOT (endsWith(event, '_error') AND length(trace_id) = 16 AND NOT has(keys, 'request_id'))
    )
)
-- Codex tells of the end of a response twice, once without its usage.
WHERE is_error OR has(names, 'gen_ai.usage.input_tokens') OR has(names, 'gen_ai.usage.output_tokens')
