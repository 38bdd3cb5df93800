-- purpose: looks every attribute up in attribute_roles, once, takes usage objects in JSON apart, and says what kind of span it is
-- grain: one span
-- reads: otel_traces; writes: recognised_spans
CREATE MATERIALIZED VIEW IF NOT EXISTS recognise TO recognised_spans AS
WITH
    n -> texts[indexOf(roles, n)] AS attr,
    lower(attr(1)) AS operation,
    upper(attr(19)) AS openinference_kind,
    lower(trim(BOTH '"' FROM attr(85))) AS span_type,
    attr(if(has(roles, 7), 7, 107)) AS output_text
SELECT
    now64(6, 'UTC') AS ingested_at,
    TraceId AS trace_id,
    SpanId AS span_id,
    ParentSpanId AS parent_span_id,
    toDateTime64(Timestamp, 9, 'UTC') AS started_at,
    Duration AS duration_ns,
    SpanName AS name,
    ServiceName AS service,
    if(ResourceAttributes['deployment.environment.name'] != '', ResourceAttributes['deployment.environment.name'], ResourceAttributes['deployment.environment']) AS environment,
    ScopeName AS scope,
    ScopeVersion AS scope_version,
    if(StatusCode = 'Error', 'error', 'ok') AS status,
    multiIf(
        operation = 'invoke_workflow', 'task',
        operation = '' AND openinference_kind = '' AND span_type = '' AND (has(roles, 44) OR has(roles, 47)), 'outcome',
        operation IN ('invoke_agent', 'create_agent') OR openinference_kind = 'AGENT' OR (operation = '' AND span_type = 'agent'), 'agent',
        operation = 'execute_tool' OR openinference_kind = 'TOOL' OR (operation = '' AND span_type IN ('tool', 'ai.toolcall')), 'tool',
        operation IN ('chat', 'text_completion', 'generate_content', 'embeddings', 'acompletion', 'completion', 'llm_call') OR (openinference_kind IN ('LLM', 'EMBEDDING') AND NOT endsWith(SpanName, '_prepare_chat_with_tools')), 'call',
        operation = '' AND (span_type IN ('chat_model', 'model', 'llm', 'chat', 'completion', 'embedding', 'generation', 'llm_request') OR endsWith(span_type, '.dogenerate') OR endsWith(span_type, '.dostream') OR endsWith(span_type, '.doembed') OR endsWith(span_type, 'generator')), 'call',
        operation = '' AND openinference_kind = '' AND span_type = '' AND (has(roles, 3) OR has(roles, 4) OR SpanName = 'handle_responses') AND (has(roles, 6) OR has(roles, 7) OR (json_role = 80 AND has(roles, 107))), 'call',
        'other') AS kind,
    roles,
    texts,
    multiIf(has(roles, 6), names[indexOf(roles, 6)], has(roles, 7), names[indexOf(roles, 7)], '') AS usage_name,
    multiIf(has(roles, 8), names[indexOf(roles, 8)], has(roles, 9), names[indexOf(roles, 9)], '') AS cache_name,
    multiIf(has(names, '{}.prompt_tokens') AND hasAny(names, ['{}.cache_read_input_tokens', '{}.cache_creation_input_tokens']), '{}.mixed', has(roles, 108), names[indexOf(roles, 108)], has(roles, 109), names[indexOf(roles, 109)], has(roles, 106), names[indexOf(roles, 106)], '') AS json_name,
    json_role,
    -- Our own hooks always know the id of the response. Two moments less than 10 s apart share one of their two keys.
    if(kind != 'call' OR ScopeName = 'sdk_hooks' OR StatusCode = 'Error', [], arrayMap(x -> if(output_text != '',
        sipHash64('tokens', output_text, intDiv(toUnixTimestamp(Timestamp) + intDiv(Duration, 1000000000), 10) + x),
        sipHash64('untold', ServiceName, ScopeName, intDiv(toUnixTimestamp(Timestamp) + intDiv(Duration, 1000000000) - if(Duration = 0, toUInt32OrZero(extract(attr(89), '^[0-9]+')), 0), 10) + x)), [0, 1])) AS alike_keys,
    arrayStringConcat(arraySort(arrayMap((k, v) -> concat(k, '=', replaceAll(v, '\n', ' ')), arrayFilter((k, r) -> r = 200, names, roles), arrayFilter((v, r) -> r = 200, texts, roles))), '\n') AS rule_labels
FROM
(
    SELECT
        * EXCEPT (json_texts, json_roles, readings, tells_of_several, json_usage, json_id, json_model, json_facts, session_is_task),
        multiIf(json_usage = [], 0, has(json_roles, 80), 80, 83) AS json_role,
        arrayConcat(own_names, arrayMap(p -> concat('{}.', p[1]), json_facts), if(session_is_task, ['session_is_task'], [])) AS names,
        arrayConcat(own_roles, arrayMap(p -> dictGetUInt8('attribute_role', 'role', concat('{}.', p[1])), json_facts), if(session_is_task, [20], [])) AS roles,
        arrayConcat(own_texts, arrayMap(p -> p[2], json_facts), if(session_is_task, [own_texts[indexOf(own_roles, 13)]], [])) AS texts
    FROM
    (
        SELECT
            *,
            arrayMap(t -> extractAllGroups(t, '["\'](\\w+)["\']: ?"?(\\d+)'), arrayFlatten(arrayMap((t, r) -> if(r = 80, [t], extractAll(t, '["\'](?:usage|usage_metadata|usageMetadata|usage_object|token_usage|tokenUsage)["\']: ?(\\{(?:[^{}]|\\{(?:[^{}]|\\{[^{}]*\\})*\\})*\\})')), json_texts, json_roles))) AS readings,
            arrayUniq(arrayFilter(v -> v != '', arrayMap(r -> arrayFirst(p -> p[1] IN ('output_tokens', 'completion_tokens', 'outputTokens', 'candidates_token_count', 'candidatesTokenCount'), r)[2], readings))) > 1 AND NOT has(json_roles, 80) AS tells_of_several,
            -- Of several objects the fullest. An answer that holds several calls tells nothing of one.
            if(json_texts = [] OR tells_of_several, [], arraySort(r -> -length(r), readings)[1]) AS json_usage,
            if(json_usage = [], '', arrayFirst(x -> x != '', arrayMap(t -> extract(t, '"(?:response_)?id": ?"((?:msg|chatcmpl|resp|cmpl|gen|gem)[-_][A-Za-z0-9_-]{4,100})"'), json_texts))) AS json_id,
            -- A model named in an answer counts only where the span names none: tools have arguments of that name.
            if(json_usage = [] OR has(own_roles, 3) OR has(own_roles, 4), '', arrayFirst(x -> x != '', arrayMap(t -> extract(t, '"model(?:_name)?": ?"([A-Za-z0-9._:/-]{3,80})"'), json_texts))) AS json_model,
            arrayConcat(json_usage, if(json_id = '', [], [['id', json_id]]), if(json_model = '', [], [['model', json_model]]), if(json_usage != [] AND arrayExists(t -> position(replaceAll(t, ' ', ''), '"stop_reason":null') > 0, json_texts), [['stop_reason_null', '1']], [])) AS json_facts
        FROM
        (
            SELECT
                *,
                -- What a span says of itself comes before what its resource says.
                arrayConcat(mapKeys(SpanAttributes), mapKeys(ResourceAttributes)) AS own_names,
                arrayMap(k -> dictGetUInt8('attribute_role', 'role', k), own_names) AS own_roles,
                arrayConcat(mapValues(SpanAttributes), mapValues(ResourceAttributes)) AS own_texts,
                arrayFilter((t, r) -> r IN (80, 83), own_texts, own_roles) AS json_texts,
                arrayFilter(r -> r IN (80, 83), own_roles) AS json_roles,
                -- A session of a coding agent is one task, however long it pauses.
                has(own_roles, 13) AND NOT has(own_roles, 20) AND position(dictGet('emitter_rule', 'flags', (ScopeName, '', ''), 0), 'session_is_task') > 0 AS session_is_task
            FROM otel_traces
        )
    )
)
